import { expect, test } from 'vitest';
import { ownerOf, type Principal } from '../../../src/access/index.ts';
import { Terminals, type TerminalsOptions } from '../../../src/agent/terminal/terminals.ts';
import type { AskedTerminal, Caller, Terminal } from '../../../src/api/index.ts';
import { Event, systemClock } from '../../../src/kernel/index.ts';
import { waitFor } from '../../support/wait-for.ts';

const TOKEN: Principal = { ...ownerOf('robot'), kind: 'token', token: '7' };
const SOCKET: Caller = {
  ...{ trigger: 'cli', actor: 'root', address: null, browser: null },
  principal: ownerOf('root'),
};
const REMOTE: Caller = {
  ...{ trigger: 'api', actor: 'robot', address: '192.0.2.1', browser: null },
  principal: TOKEN,
};

/** Shells on the host, and what the audit has of them. */
function terminals({ overTcp = false } = {}) {
  const ended = new Event<string>();
  const rows: unknown[] = [];
  const audit = {
    begin: (begun: object) => rows.push(begun),
    end: (seq: number, outcome: object) => void rows.push({ seq, ...outcome }),
  };
  const shells = new Terminals({
    access: { ended, audit },
    apps: { inForce: { shell: { overTcp } } },
    runs: { containment: { current: null, group: () => null } },
    clock: systemClock,
    env: { PATH: process.env.PATH, SLIPWAY_URL: 'https://secret', GREETING: 'hello' },
    log: () => undefined,
  } as unknown as TerminalsOptions);
  const open = (given: Partial<AskedTerminal> = {}) =>
    shells.start({
      app: null,
      instance: null,
      size: null,
      variables: {},
      viewer: null,
      command: null,
      caller: REMOTE,
      ...given,
    });
  return { shells, ended, rows, open };
}

/** What a person's own files do at the start of a shell is not broken off: it may leave a lock at home for the next one. */
async function atItsPrompt({ output }: Terminal): Promise<void> {
  let shown = '';
  output.on('data', (bytes: Buffer) => {
    shown += String(bytes);
  });
  await waitFor('the prompt', () => /[$#] $/.test(shown));
}

test('a shell on the host is refused over TCP where the configuration does not allow it', async () => {
  const { open, rows } = terminals();
  await expect(open()).rejects.toMatchObject({ code: 'shell_refused', next: 'slipway shell --agent' });
  expect(rows).toEqual([]);
  const shell = await open({ caller: SOCKET });
  let shown = '';
  shell.output.on('data', (bytes: Buffer) => {
    shown += String(bytes);
  });
  shell.input.write('echo "<$GREETING> <$SLIPWAY_URL>"; exit 3\n');
  expect(await shell.ended).toEqual({ status: 3, signal: null });
  expect(shown).toBe('<hello> <>\n');
  expect(rows).toMatchObject([
    { actor: 'root', address: null, app: null, action: 'shell', subject: 'the host' },
    { seq: 1, outcome: 'succeeded', reason: 'exit status 3' },
  ]);
});

test('a session that is over before its shell has started has none', async () => {
  const { shells, open, ended } = terminals({ overTcp: true });
  const opened = open({ size: { columns: 80, rows: 24 }, viewer: 'page-one' });
  await waitFor('its start', () => shells.count === 1);
  ended.emit('token:7');
  await opened.then(
    async (shell) => expect(await shell.ended).toEqual({ status: null, signal: 'SIGHUP' }),
    (error: unknown) => expect(error).toMatchObject({ code: 'start_failed' }),
  );
  await waitFor('its end', () => shells.count === 0);
});

test('a console, and a look at that of another, end with the session or the token', async () => {
  const { shells, open, ended, rows } = terminals({ overTcp: true });
  const size = { columns: 80, rows: 24 };
  const shell = await open({ size, viewer: 'page-one' });
  await atItsPrompt(shell);
  const session = {
    ...REMOTE,
    principal: { ...ownerOf('eve'), kind: 'user' as const, session: 'session-1' },
  };
  const id = shell.console?.id ?? '';
  const look = await shells.attach({
    ...{ console: id, viewer: 'page-two', after: null, size, take: false, caller: session },
  });
  expect(shells.list()[0]?.viewers).toBe(2);
  ended.emit('token:8');
  ended.emit('session-1');
  await expect(look.ended).rejects.toMatchObject({ code: 'shell_refused' });
  expect(shells.list()).toMatchObject([{ viewers: 1, ended: null }]);
  ended.emit('token:7');
  expect(await shell.ended).toEqual({ status: null, signal: 'SIGHUP' });
  await waitFor('the audit', () => rows.length === 4);
  expect(rows).toMatchObject([
    { actor: 'robot', address: '192.0.2.1', subject: 'the host' },
    { actor: 'eve', action: 'shell', subject: 'the host, opened by robot' },
    { seq: 2, reason: 'it was left' },
    { seq: 1 },
  ]);
});

test('a console ends with the socket of the group that its opener came by', async () => {
  const { shells, open, ended } = terminals({ overTcp: true });
  const caller: Caller = {
    ...{ ...REMOTE, actor: 'ada', address: 'group:deploy' },
    principal: { ...ownerOf('ada'), kind: 'group' },
  };
  const shell = await open({ size: { columns: 80, rows: 24 }, viewer: 'page-one', caller });
  await atItsPrompt(shell);
  ended.emit('group:others');
  expect(shells.list()).toMatchObject([{ ended: null }]);
  ended.emit('group:deploy');
  expect(await shell.ended).toEqual({ status: null, signal: 'SIGHUP' });
});
