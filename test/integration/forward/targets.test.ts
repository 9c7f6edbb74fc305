import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ForwardConfiguration } from '../../../src/config/index.ts';
import { type Forwarded, Forwards } from '../../../src/forward/index.ts';
import { systemClock } from '../../../src/kernel/index.ts';
import { openLog, Runs } from '../../../src/supervisor/index.ts';
import { rotate } from '../../../src/supervisor/output/rotation.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { freePorts } from '../../support/free-port.ts';
import { datagramReceiver, syslogServer } from '../../support/log-receivers.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';

const LIMIT_BYTES = 256 * 1024;

/** The log of an app, and forwards as an agent makes them: another one goes on where one was left, or killed. */
function ground() {
  const folder = temporaryFolder();
  const file = path.join(folder, 'logs', 'web-1-stdout.log');
  const fd = openLog(file);
  const said: string[] = [];
  const runs = new Runs(path.join(folder, 'run'), systemClock);
  const forwards = () => {
    const made = new Forwards({
      ...{ dataDirectory: path.join(folder, 'data'), clock: systemClock },
      contain: (name) => runs.tools(name),
      say: (_, message) => said.push(message),
    });
    onTestFinished(() => made.close({ finish: false }));
    return made;
  };
  onTestFinished(() => {
    runs.close();
    fs.closeSync(fd);
  });
  const app = (...targets: ForwardConfiguration[]): Forwarded => ({
    ...{ app: 'web', targets },
    logs: [{ unit: '1', stream: 'stdout', file }],
    user: null,
    account: async () => null,
    releaseOf: () => '1.0.0',
  });
  const write = (text: string) => void fs.writeSync(fd, text);
  const rotated = (keep: number) => rotate({ file, maxSizeBytes: LIMIT_BYTES, keep });
  return { folder, file, said, forwards, app, write, rotated };
}

const syslogTo = (url: string, ca: string | null = null): ForwardConfiguration => ({
  ...{ type: 'syslog', url, facility: 'daemon', ca, cert: null, key: null },
});

const program = (command: string, format: 'text' | 'json' = 'text'): ForwardConfiguration => ({
  ...{ type: 'program', command: ['sh', '-c', command], format },
});

/** Lines of 40 bytes. */
const numbered = (from: number, to: number) =>
  Array.from(
    { length: to - from },
    (_, index) => `line ${String(from + index).padStart(8, '0')} ${'-'.repeat(25)}\n`,
  ).join('');

const numbers = (texts: readonly string[]) =>
  texts.map((text) => Number(/line (\d{8})/.exec(text)?.[1] ?? Number.NaN));

const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

test('a server that was away gets what was written meanwhile, over rotations, once and in order', async () => {
  const { forwards, app, write, rotated, said } = ground();
  const port = await freePorts(1);
  write(numbered(0, 10));
  const sending = forwards();
  sending.set(app(syslogTo(`tcp://127.0.0.1:${port}`)));
  // What was there before is none of its.
  write(numbered(10, 20_000));
  await waitFor('the server to be missed', () => said.some((text) => text.includes('ECONNREFUSED')), SELDOM);
  for (let round = 0; round < 3; round++) await rotated(9);
  write(numbered(20_000, 20_010));
  const [waiting] = sending.states();
  expect(waiting).toMatchObject({ reason: expect.stringContaining('ECONNREFUSED'), behind_bytes: 800_000 });
  const server = await syslogServer({ port });
  await waitFor('all lines', () => server.messages.length >= 20_000, SELDOM);
  expect(numbers(server.messages)).toEqual(upTo(10, 20_010));
  expect(sending.states()).toMatchObject([{ reason: null, behind_bytes: 0, lost_bytes: 0 }]);
  // One of fewer replicas has its last words sent, too.
  sending.set({ ...app(syslogTo(`tcp://127.0.0.1:${port}`)), logs: [] });
  write(numbered(20_010, 20_011));
  await waitFor('the last line', () => numbers(server.messages).at(-1) === 20_010, SELDOM);
  expect(said.at(-1)).toContain(`goes to tcp://127.0.0.1:${port} again`);
});

test('what is rotated away before it was sent is told in bytes, and the rest is sent', async () => {
  const { forwards, app, write, rotated, said } = ground();
  const port = await freePorts(1);
  const sending = forwards();
  sending.set(app(syslogTo(`tcp://127.0.0.1:${port}`)));
  write(numbered(0, 20_000));
  for (let round = 0; round < 3; round++) await rotated(1);
  const server = await syslogServer({ port });
  await waitFor('the last line', () => numbers(server.messages).at(-1) === 19_999, SELDOM);
  const got = numbers(server.messages);
  const [first = 0] = got;
  expect(got).toEqual(upTo(first, 20_000));
  const lost = sending.states()[0]?.lost_bytes ?? 0;
  expect(lost).toBe(first * 40);
  expect(lost).toBeGreaterThan(300_000);
  expect(said.join('\n')).toContain(`web: ${lost} bytes of web/1 (stdout) were rotated away before`);
});

test('one that reads nothing holds neither another one up nor the end of the agent', async () => {
  const { forwards, app, write, folder } = ground();
  const deaf = await syslogServer({ isDeaf: true });
  const journal = path.join(folder, 'journal');
  const received = await datagramReceiver(journal);
  const sending = forwards();
  const out = path.join(folder, 'out');
  sending.set(
    app(
      syslogTo(`tcp://127.0.0.1:${deaf.port}`),
      { type: 'journald', socket: journal },
      program(`cat >${out}`),
      program('exec sleep 1000'),
    ),
  );
  // More than the kernels hold on the way to it.
  const all = numbered(0, 50_000);
  write(all);
  await waitFor('the program to have all', () => fs.statSync(out).size === all.length, SELDOM);
  expect(fs.readFileSync(out, 'utf8')).toBe(all);
  await waitFor('the journal to have all', () => received().length === 50_000, SELDOM);
  expect(numbers(received())).toEqual(upTo(0, 50_000));
  const behind = () => sending.states().map(({ behind_bytes }) => behind_bytes > 0);
  expect(behind()).toEqual([true, false, false, true]);
  // What it never confirmed is sent again to whoever comes in its place.
  await deaf.close();
  const server = await syslogServer({ port: deaf.port });
  await waitFor('the other server to have all', () => numbers(server.messages).at(-1) === 49_999, SELDOM);
  expect(numbers(server.messages)).toEqual(upTo(0, 50_000));
  await sending.close({ finish: false });
});

test('over TLS the server must be who it is to be', async () => {
  const { forwards, app, write, folder, said } = ground();
  const { ca, rogueCa, node } = await makeCertificates(folder);
  const server = await syslogServer({ identity: node });
  const url = `tls://localhost:${server.port}`;
  const sending = forwards();
  sending.set(app(syslogTo(url, rogueCa)));
  write(`${'ä'.repeat(5000)}\n`);
  await waitFor('the refusal', () => said.some((text) => /certificate/.test(text)), SELDOM);
  expect(server.messages).toEqual([]);
  // With what it is signed by it goes on where it was.
  sending.set(app(syslogTo(url, ca)));
  await waitFor('both pieces', () => server.messages.length === 2, SELDOM);
  const [first = '', last = ''] = server.messages;
  expect([first, last].map((text) => /part="(\w+)"/.exec(text)?.[1])).toEqual(['first', 'last']);
  const text = [first, last].map((message) => message.slice(message.indexOf('] ') + 2)).join('');
  expect(text).toBe('ä'.repeat(5000));
});

test('a program that ends is started again, and what was in its pipe is sent again', async () => {
  const { forwards, app, write, folder, said } = ground();
  const out = path.join(folder, 'out');
  const once = path.join(folder, 'once');
  const sending = forwards();
  // The first one takes a line and ends, with others in its pipe.
  const target = program(
    `[ -e ${once} ] || { read -r l; echo "$l" >>${out}; >${once}; echo no more >&2; exit 3; }; exec cat >>${out}`,
    'json',
  );
  sending.set(app(target));
  write(numbered(0, 100));
  const lines = () => fs.readFileSync(out, 'utf8').trim().split('\n');
  await waitFor('all lines', () => lines().length >= 101, SELDOM);
  expect(numbers(lines())).toEqual([0, ...upTo(0, 100)]);
  expect(JSON.parse(lines()[0] ?? '')).toEqual({
    ...{ app: 'web', instance: 'web/1', stream: 'stdout', release: '1.0.0' },
    // No schedule looks at this log: it is known only when it was written to last.
    ...{ line: numbered(0, 1).trim(), at: expect.stringMatching(/Z$/), exact: false },
  });
  expect(said[0]).toContain('sh ended with status 3: no more');
  // With an agent that has ended as it is to end no line comes twice.
  await sending.close({ finish: false });
  write(numbered(100, 110));
  forwards().set(app(target));
  await waitFor('the other lines', () => numbers(lines()).at(-1) === 109, SELDOM);
  expect(numbers(lines()).slice(1)).toEqual(upTo(0, 110));
});
