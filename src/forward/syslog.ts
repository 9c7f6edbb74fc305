import type { ForwardConfiguration } from '../config/index.ts';
import { visible } from '../kernel/index.ts';
import { datagramTarget } from './datagram.ts';
import { streamTarget } from './stream.ts';
import type { ForwardedLine, Target, TargetContext } from './target.ts';
import { udpTarget } from './udp.ts';

type SyslogConfiguration = Extract<ForwardConfiguration, { type: 'syslog' }>;

/** With the header in the 8 KB that rsyslog takes of a message, and in what 64 KB of an UDP packet hold. */
const PIECE_BYTES = 7 * 1024;
const SEVERITY = { stdout: 6, stderr: 4 };
/** Of RFC 5424, section 6.2.1. */
const FACILITIES = ['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron'];
const FIRST_LOCAL = 16;
const APP_NAME_LENGTH = 48;
const HOSTNAME_LENGTH = 255;

/** A server of syslog: RFC 5424, over a socket of this host, UDP, TCP with the octets counted (RFC 6587), or TLS (RFC 5425). */
export function syslog(configuration: SyslogConfiguration, context: TargetContext): Target {
  const { url: name } = configuration;
  const url = new URL(name);
  const encode = (line: ForwardedLine) => Buffer.from(messageText(line, { ...configuration, ...context }));
  const parts = { name, pieceBytes: PIECE_BYTES, encode };
  if (url.protocol === 'unix:') return datagramTarget({ ...parts, path: url.pathname });
  const address = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) };
  if (url.protocol === 'udp:') return udpTarget({ ...parts, address });
  return streamTarget({
    ...parts,
    ...{ address, onLost: context.onLost },
    tls: url.protocol === 'tls:' ? configuration : null,
  });
}

/** `<30>1 2026-03-01T09:00:00.000Z web-1 shop 1 stdout [slipway@32473 instance="shop/1" ...] text` */
export function messageText(
  line: ForwardedLine,
  { facility, host }: { facility: SyslogConfiguration['facility']; host: string },
): string {
  const { app, unit, stream, release, part, at, isExact } = line;
  const priority = numberOf(facility) * 8 + SEVERITY[stream];
  const named = {
    app,
    instance: `${app}/${unit}`,
    stream,
    ...(release !== null && { release }),
    ...(!isExact && { exact: 'false' }),
    ...(part !== null && { part }),
  };
  // 32473 is the number that RFC 5612 sets apart for those that have none of their own.
  const data = Object.entries(named).map(([key, value]) => ` ${key}="${value.replace(/["\\\]]/g, '\\$&')}"`);
  const header = [
    `<${priority}>1`,
    at,
    word(host, HOSTNAME_LENGTH),
    word(app, APP_NAME_LENGTH),
    word(unit, 128),
    stream,
  ];
  // What a terminal would obey, NUL among it, is written out: servers of syslog do as they like with it.
  return `${header.join(' ')} [slipway@32473${data.join('')}] ${visible(line.text)}`;
}

function numberOf(facility: string): number {
  const local = /^local([0-7])$/.exec(facility)?.[1];
  return local === undefined ? FACILITIES.indexOf(facility) : FIRST_LOCAL + Number(local);
}

function word(text: string, length: number): string {
  return text.replace(/[^!-~]/g, '_').slice(0, length) || '-';
}
