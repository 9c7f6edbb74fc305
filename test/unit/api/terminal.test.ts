import net from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { RemoteShell } from '../../../src/api/index.ts';
import { INPUT_WINDOW_BYTES, MAX_FRAME_BYTES } from '../../../src/api/terminal-frames.ts';
import { SlipwayError } from '../../../src/kernel/index.ts';
import { type FakeAgent, serveFake } from '../../fixtures/serve-fake.ts';
import { freePorts } from '../../support/free-port.ts';
import { waitFor } from '../../support/wait-for.ts';
import { ask } from './ask.ts';

const OPEN = { type: 'open', app: 'shop', instance: '1', size: { columns: 80, rows: 24 }, variables: {} };

/** A client that sends what it likes; what it was told, and its close. */
function wild(agent: FakeAgent, frames: (string | Buffer)[], path = '/api/v1/terminal') {
  const connection = new WebSocket(`ws://slipway${path}`, {
    createConnection: () => net.connect(agent.socketPath),
  });
  const told: unknown[] = [];
  connection.on('message', (data, isBinary) => told.push(isBinary ? data : JSON.parse(String(data))));
  connection.on('open', () => {
    for (const frame of frames) connection.send(frame);
  });
  const closed = new Promise<{ code: number; told: unknown[] }>((resolve, reject) => {
    connection.on('close', (code) => resolve({ code, told }));
    connection.on('error', reject);
  });
  return { connection, told, closed };
}

async function open(agent: FakeAgent): Promise<{ shell: RemoteShell; shown: () => string }> {
  const bytes: Buffer[] = [];
  const shell = await agent.client.shell({
    app: 'shop',
    instance: '1',
    size: { columns: 80, rows: 24 },
    variables: { TERM: 'xterm' },
    onOutput: async (chunk) => void bytes.push(chunk),
  });
  return { shell, shown: () => Buffer.concat(bytes).toString() };
}

test('input, output, sizes and the end go through, and whoever asks is named', async () => {
  const agent = await serveFake();
  const { terminal, calls } = agent.backend;
  const { shell, shown } = await open(agent);
  await shell.send(Buffer.from('ls\r'));
  shell.resize({ columns: 10, rows: 5 });
  shell.endInput();
  await waitFor('the end of the input', () => terminal.inputEnded);
  expect(String(terminal.input.read())).toBe('ls\r');
  expect(terminal.sizes).toEqual([{ columns: 10, rows: 5 }]);
  // The last bytes come before the end, and a character in two parts stays whole.
  const umlaut = Buffer.from('ü');
  terminal.output.write(umlaut.subarray(0, 1));
  terminal.output.end(umlaut.subarray(1));
  await waitFor('the output', () => shown() === 'ü');
  terminal.exit({ status: 3, signal: null });
  expect(await shell.ended).toEqual({ status: 3, signal: null });
  expect(calls[0]?.input).toMatchObject({ app: 'shop', caller: { trigger: 'cli', actor: 'alice' } });
});

test('of a command on pipes the two outputs come apart, and signals go through', async () => {
  const agent = await serveFake();
  const { terminal, calls } = agent.backend;
  const errors = new PassThrough();
  Object.assign(terminal, { errors });
  const shown: [string, string][] = [];
  const command = await agent.client.shell({
    ...{ app: 'shop', instance: null, size: null, variables: {}, command: ['ls', '-l'] },
    onOutput: async (bytes, stream) => void shown.push([stream, String(bytes)]),
  });
  expect(calls[0]?.input).toMatchObject({ app: 'shop', instance: null, command: ['ls', '-l'] });
  const parts = [
    ['stderr', 'one'],
    ['stdout', 'two'],
    ['stdout', 'three'],
    ['stderr', 'four'],
  ] as const;
  for (const [index, [stream, text]] of parts.entries()) {
    (stream === 'stderr' ? errors : terminal.output).write(text);
    await waitFor('it to be shown', () => shown.length === index + 1);
  }
  expect(shown).toEqual(parts);
  command.signal('SIGINT');
  await waitFor('the signal', () => terminal.signals.length > 0);
  terminal.exit({ status: null, signal: 'SIGINT' });
  expect(await command.ended).toEqual({ status: null, signal: 'SIGINT' });
});

test('why no shell is opened is told as every error is', async () => {
  const agent = await serveFake();
  agent.backend.failure = new SlipwayError('not_running', {
    message: 'it does not run',
    next: 'slipway start shop',
  });
  await expect(open(agent)).rejects.toMatchObject({ code: 'not_running', next: 'slipway start shop' });
  await agent.leave();
  await expect(open(agent)).rejects.toMatchObject({ code: 'agent_unreachable' });
});

test('a client that goes away ends its shell, and an agent that goes away tells so', async () => {
  const agent = await serveFake();
  const { shell } = await open(agent);
  shell.close();
  await waitFor('the end of the shell', () => agent.backend.terminal.hungUp);
  const other = await serveFake();
  const { shell: left } = await open(other);
  await other.leave();
  await expect(left.ended).rejects.toMatchObject({ code: 'agent_unreachable', next: 'slipway shell shop/1' });
  await waitFor('the end of the shell', () => other.backend.terminal.hungUp);
});

test.each([
  ['input before a shell is asked for', [Buffer.from('x')]],
  ['a size before a shell is asked for', ['{"type":"resize","columns":80,"rows":24}']],
  ['what is no JSON', ['{']],
  ['a second shell', [JSON.stringify(OPEN), JSON.stringify(OPEN)]],
  ['a size of no columns', [JSON.stringify({ ...OPEN, size: { columns: 0, rows: 24 } })]],
  ['a variable that is not of a terminal', [JSON.stringify({ ...OPEN, variables: { LD_PRELOAD: 'x' } })]],
  ['a command of no app', [JSON.stringify({ ...OPEN, app: null, instance: null, command: ['ls'] })]],
  ['a command of an instance', [JSON.stringify({ ...OPEN, command: ['ls'] })]],
  ['no command on pipes', [JSON.stringify({ ...OPEN, instance: null, size: null, command: [] })]],
  ['a signal that is not forwarded', [JSON.stringify(OPEN), '{"type":"signal","signal":"SIGKILL"}']],
  ['a variable of several lines', [JSON.stringify({ ...OPEN, variables: { TERM: 'x\ny' } })]],
])('%s closes the connection', async (_, frames) => {
  const agent = await serveFake();
  const { code, told } = await wild(agent, frames).closed;
  expect(code).toBe(1008);
  expect(told.at(-1)).toMatchObject({ type: 'failed', error: { code: 'usage' } });
});

test('too much input, and a frame that is too large, close the connection and end the shell', async () => {
  const agent = await serveFake();
  const frame = Buffer.alloc(MAX_FRAME_BYTES);
  const frames = Array.from({ length: INPUT_WINDOW_BYTES / MAX_FRAME_BYTES + 1 }, () => frame);
  expect(await wild(agent, [JSON.stringify(OPEN), ...frames]).closed).toMatchObject({ code: 1008 });
  await waitFor('the end of the shell', () => agent.backend.terminal.hungUp);
  const large = await serveFake();
  expect(await wild(large, [JSON.stringify(OPEN), Buffer.alloc(MAX_FRAME_BYTES + 1)]).closed).toMatchObject({
    code: 1009,
  });
  await waitFor('the end of the shell', () => large.backend.terminal.hungUp);
});

test('input waits until it is taken, and other frames go on meanwhile', async () => {
  const agent = await serveFake();
  const { terminal } = agent.backend;
  const { shell } = await open(agent);
  let sent = false;
  const sending = shell.send(Buffer.alloc(INPUT_WINDOW_BYTES * 2)).then(() => {
    sent = true;
  });
  shell.resize({ columns: 1, rows: 1 });
  await waitFor('the size', () => terminal.sizes.length === 1);
  expect(sent).toBe(false);
  terminal.input.resume();
  await sending;
});

test('output that nobody reads waits in the program, and arrives whole', async () => {
  const agent = await serveFake();
  const { terminal } = agent.backend;
  let read = 0;
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const shell = await agent.client.shell({
    app: 'shop',
    instance: '1',
    size: null,
    variables: {},
    onOutput: async (bytes) => {
      await gate;
      read += bytes.length;
    },
  });
  const chunk = Buffer.alloc(64 * 1024);
  let written = 0;
  let drained = true;
  terminal.output.on('drain', () => {
    drained = true;
  });
  let looks = 0;
  await waitFor('it to be held up', () => {
    looks = drained ? 0 : looks + 1;
    for (; drained && written < 512 * chunk.length; written += chunk.length)
      drained = terminal.output.write(chunk);
    return looks === 20;
  });
  expect(written).toBeLessThan(128 * chunk.length);
  go();
  await waitFor('all of it', () => read === written);
  terminal.exit({ status: 0, signal: null });
  await shell.ended;
});

test('another path opens nothing, and TCP opens no shells to strangers', async () => {
  const port = await freePorts(1);
  const agent = await serveFake({ listen: { host: '127.0.0.1', port } });
  await waitFor('the port', () => ask({ port }, { path: '/health' }));
  await expect(wild(agent, [], '/api/v1/status').closed).rejects.toThrow(/404/);
  const connection = new WebSocket(`ws://127.0.0.1:${port}/api/v1/terminal`);
  await expect(
    new Promise((resolve, reject) => connection.once('open', resolve).once('error', reject)),
  ).rejects.toThrow(/401/);
  expect(agent.backend.calls).toEqual([]);
});
