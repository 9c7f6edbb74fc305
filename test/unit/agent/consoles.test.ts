import { expect, test } from 'vitest';
import { ownerOf } from '../../../src/access/index.ts';
import { Consoles } from '../../../src/agent/terminal/consoles.ts';
import { Screen } from '../../../src/agent/terminal/screen.ts';
import type { AskedConsole, Caller, Terminal } from '../../../src/api/index.ts';
import { systemClock } from '../../../src/kernel/index.ts';
import { FakeTerminal } from '../../fixtures/fake-terminal.ts';
import { waitFor } from '../../support/wait-for.ts';

const SIZE = { columns: 80, rows: 24 };
const caller: Caller = {
  trigger: 'page',
  actor: 'alice',
  address: null,
  browser: null,
  principal: ownerOf('alice'),
};
const PLACE = { app: 'shop', instance: 'shop/1' };

/** A console of a shell that says what the test says, and what its terminal shows. */
function kept({ idleMs = 60_000, screen = 'the last screen' } = {}) {
  const shell = new FakeTerminal();
  const consoles = new Consoles({ clock: systemClock, idleMs });
  let written = 0;
  const say = (text: string) => {
    written += Buffer.byteLength(text);
    shell.output.write(text);
  };
  const snapshot = async () => ({ sequence: written, text: screen });
  const first = consoles.keep(shell, { place: PLACE, caller, viewer: 'page-one', snapshot });
  const id = first.console?.id ?? '';
  const attach = (given: Partial<AskedConsole> = {}) =>
    consoles.attach({
      console: id,
      viewer: 'page-two',
      after: null,
      size: SIZE,
      take: false,
      caller,
      ...given,
    });
  return { shell, consoles, say, first, id, attach };
}

function readAll({ output }: Terminal): () => string {
  let text = '';
  output.on('data', (bytes: Buffer) => {
    text += String(bytes);
  });
  return () => text;
}

test('a page that comes back reads on where it was, and the shell has gone on meanwhile', async () => {
  const { shell, say, first, attach } = kept();
  const seen = readAll(first);
  say('one ');
  await waitFor('the first words', () => seen() === 'one ');
  first.hangUp();
  say('two ');
  const again = await attach({ viewer: 'page-one', after: 4 });
  expect(again.console).toMatchObject({ sequence: 4, screen: null, readOnly: false });
  const more = readAll(again);
  say('three');
  await waitFor('all since', () => more() === 'two three');
  expect(shell.hungUp).toBe(false);
  again.input.write('ls\r');
  expect(String(shell.input.read())).toBe('ls\r');
});

test('a fresh page, and one that missed more than is kept, get the last screen', async () => {
  const { say, first, attach } = kept();
  const seen = readAll(first);
  const lines = 'x'.repeat(1000);
  for (let count = 0; count < 300; count++) say(lines);
  await waitFor('all of it', () => seen().length === 300_000);
  first.hangUp();
  for (const [after, sequence] of [
    [null, 300_000],
    [10, 300_001],
  ] as const) {
    const page = await attach({ after });
    expect(page.console).toMatchObject({ sequence, screen: 'the last screen' });
    const more = readAll(page);
    say('.');
    await waitFor('what comes now', () => more().startsWith('.'));
    page.hangUp();
  }
});

test('a second page only reads until it takes over, and the first one is told', async () => {
  const { shell, first, attach, id, consoles } = kept();
  const told: boolean[] = [];
  first.console?.controlled.on((only) => told.push(only));
  const second = await attach();
  expect(second.console?.readOnly).toBe(true);
  second.input.write('rm -rf /\r');
  second.resize({ columns: 1, rows: 1 });
  second.endInput();
  expect(consoles.list()).toMatchObject([{ console: id, ...PLACE, actor: 'alice', viewers: 2, ended: null }]);
  expect(shell.input.read()).toBeNull();
  expect([shell.sizes, shell.inputEnded]).toEqual([[], false]);
  const third = await attach({ viewer: 'page-three', take: true });
  expect([told, first.console?.readOnly, third.console?.readOnly]).toEqual([[true], true, false]);
  third.hangUp();
  expect(told).toEqual([true, false]);
});

test('the connection that a page had before makes room for its new one', async () => {
  const { first, attach, consoles } = kept();
  const again = await attach({ viewer: 'page-one', after: 0 });
  await expect(first.ended).rejects.toMatchObject({ code: 'shell_refused' });
  expect(again.console?.readOnly).toBe(false);
  expect(consoles.list()[0]?.viewers).toBe(1);
});

test('who writes holds the program up, and who only reads falls behind instead', async () => {
  const { shell, say, first, attach } = kept();
  const reader = await attach();
  const lines = 'x'.repeat(64 * 1024);
  for (let count = 0; count < 8; count++) say(lines);
  await waitFor('the program to be held up', () => shell.output.isPaused());
  const seen = readAll(first);
  await waitFor('all of it', () => seen().length === 8 * lines.length);
  const late = readAll(reader);
  await expect(reader.ended).rejects.toMatchObject({ code: 'shell_refused' });
  expect(late().length).toBeLessThan(8 * lines.length);
});

test('how the shell ended is told after its last words, to one that comes later, too', async () => {
  const { shell, first, attach } = kept();
  const seen = readAll(first);
  shell.output.end('bye');
  shell.exit({ status: 3, signal: null });
  expect(await first.ended).toEqual({ status: 3, signal: null });
  expect(seen()).toBe('bye');
  const late = await attach({ after: 3 });
  readAll(late);
  expect(await late.ended).toEqual({ status: 3, signal: null });
});

test('a console that nobody looks at ends', async () => {
  const idle = kept({ idleMs: 5 });
  idle.first.hangUp();
  await waitFor('its end', () => idle.shell.hungUp);
});

test('no more than sixteen are kept, and an unknown one is refused', async () => {
  const consoles = new Consoles({ clock: systemClock });
  const shells = Array.from({ length: 16 }, () => new FakeTerminal());
  for (const shell of shells)
    consoles.keep(shell, { place: PLACE, caller, viewer: 'page-one', snapshot: async () => null });
  expect(() => consoles.refuseMore()).toThrow(expect.objectContaining({ code: 'shell_refused' }));
  consoles.end(consoles.list()[0]?.console ?? '');
  await waitFor('its end', () => consoles.list()[0]?.ended?.signal === 'SIGHUP');
  consoles.refuseMore();
  expect(() => consoles.end('not-there')).toThrow(expect.objectContaining({ code: 'console_unknown' }));
});

test('a screen is told with its modes and what has scrolled away', async () => {
  const screen = new Screen({ columns: 20, rows: 3 });
  const text = `one\r\ntwo\r\nthree\r\n\x1b[31mfour\x1b[0m\r\n\x1b[?2004h\x1b[?1h$ \x1b[6n`;
  screen.write(Buffer.from(text), () => {});
  const snapshot = await screen.snapshot();
  expect(snapshot.sequence).toBe(text.length);
  for (const part of ['one', '\x1b[31mfour', '$ ', '\x1b[?2004h', '\x1b[?1h'])
    expect(snapshot.text).toContain(part);
  expect(snapshot.text).not.toContain('\x1b[6n');
});

test('a console whose end nobody can tell is over all the same, and ends nothing else', async () => {
  const shell = new FakeTerminal();
  const consoles = new Consoles({ clock: systemClock });
  const snapshot = async () => null;
  const viewer = consoles.keep(shell, { place: PLACE, caller, viewer: 'page-one', snapshot });
  viewer.output.resume();
  shell.fail(new Error('the journal was closed'));
  expect(await viewer.ended).toEqual({ status: null, signal: 'SIGHUP' });
  expect(consoles.list()).toMatchObject([{ ended: { status: null, signal: 'SIGHUP' } }]);
});
