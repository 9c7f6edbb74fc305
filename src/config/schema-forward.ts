import * as z from 'zod';
import { absolutePath, choice, command, entries, expected, flag, mapping, refuse } from './fields.ts';
import { key } from './schema-key.ts';

const PORTS: Record<string, string> = { 'udp:': '514', 'tcp:': '601', 'tls:': '6514' };
const FACILITIES = [
  ...(['daemon', 'user', 'local0', 'local1', 'local2', 'local3'] as const),
  ...(['local4', 'local5', 'local6', 'local7'] as const),
] as const;

/** Where lines of a log go, beside its files. */
export function forward() {
  const target = z.discriminatedUnion('type', [journald(), syslog(), program()], expected('a mapping'));
  return entries(target, 'targets');
}

/** What holds for the logs of all apps that say nothing else. */
export function hostLog() {
  return mapping({
    forward: key(
      'Where the lines of all apps go, beside the files; an app may name its own in `log.forward`.',
      forward().prefault([]),
      [{ type: 'journald' }],
    ),
    agent: key("The agent's own log goes there, too.", flag().prefault(false)),
  });
}

function journald() {
  return mapping({
    type: key('journald: the journal of systemd.', z.literal('journald')),
    socket: key(
      'Its socket; of a namespace `/run/systemd/journal.<name>/socket`.',
      absolutePath().prefault('/run/systemd/journal/socket'),
    ),
  });
}

function syslog() {
  return mapping({
    type: key('syslog: a server of syslog, by RFC 5424.', z.literal('syslog')),
    url: key(
      '`udp://host:514`, `tcp://host:601` (octets counted), `tls://host:6514`, or a socket of datagrams on this host.',
      syslogAddress().prefault('unix:///dev/log'),
      'tls://logs.example.com:6514',
    ),
    facility: key('What kind of program it comes from.', choice(FACILITIES).prefault('daemon')),
    ca: key(
      "tls: who has signed the server's certificate, PEM; null: whom Node knows.",
      absolutePath().nullable().prefault(null),
      '/etc/ssl/logs-ca.pem',
    ),
    cert: key('tls: what this host shows, PEM; null: nothing.', absolutePath().nullable().prefault(null)),
    key: key('tls: its private key, PEM.', absolutePath().nullable().prefault(null)),
  });
}

function program() {
  return mapping({
    type: key('program: a program that reads lines from its standard input.', z.literal('program')),
    command: key(
      'Runs as the user of the app, for as long as it likes.',
      command(),
      '/usr/local/bin/ship --stdin',
    ),
    format: key(
      'text: the lines as the app wrote them; json: an object a line, as `slipway logs --json` has it.',
      choice(['text', 'json']).prefault('text'),
    ),
  });
}

/** With its port. */
function syslogAddress() {
  const what = 'an address such as udp://host:514, tcp://host:601, tls://host:6514 or unix:///dev/log';
  return z.string(expected(what)).transform((written, context) => {
    if (/^unix:\/\/\/[!-~]+$/.test(written)) return written;
    const url = /^(udp|tcp|tls):\/\/[^\s/?#@\\]+$/.test(written) ? URL.parse(written) : null;
    if (url === null || url.hostname === '') return refuse(context, `must be ${what}`);
    return `${url.protocol}//${url.hostname}:${url.port || PORTS[url.protocol]}`;
  });
}
