import { expect, test } from 'vitest';
import type { AgentFrame, ClientFrame } from '../../../src/api/pages/index.ts';
import { INPUT_WINDOW_BYTES, MAX_FRAME_BYTES } from '../../../src/api/pages/index.ts';
import { createConsole } from '../../../src/web/models/console/index.ts';
import { waitFor } from '../../support/wait-for.ts';

const SIZE = { columns: 100, rows: 30 };

/** A console whose agent is the test. */
function opened({ remembered = null }: { remembered?: string | null } = {}) {
  const frames: ClientFrame[] = [];
  const typed: Uint8Array[] = [];
  const shown: string[] = [];
  const kept: (string | null)[] = [];
  const connections: {
    text: (frame: AgentFrame) => void;
    bytes: (text: string) => void;
    close: () => void;
  }[] = [];
  const model = createConsole({
    connect({ onOpen, onText, onBytes, onClose }) {
      connections.push({
        text: (frame) => onText(JSON.stringify(frame)),
        bytes: (text) => onBytes(new TextEncoder().encode(text)),
        close: onClose,
      });
      queueMicrotask(onOpen);
      return {
        send: (data) =>
          typeof data === 'string' ? frames.push(JSON.parse(data) as ClientFrame) : typed.push(data),
        close: onClose,
      };
    },
    clock: { now: () => 0, monotonicMs: () => 0, sleep: async () => {} },
    target: { app: 'web', instance: '1' },
    viewer: 'page-one',
    remembered,
    remember: (id) => kept.push(id),
    show: (output) =>
      shown.push('screen' in output ? `[${output.screen}]` : new TextDecoder().decode(output.bytes)),
  });
  model.resize(SIZE);
  model.start();
  const agent = async (count: number) =>
    waitFor('a connection', () => (connections.length === count ? connections[count - 1] : undefined));
  return { model, frames, typed, shown, kept, agent };
}

test('a page comes back to its console where it was, and shows what it missed once', async () => {
  const { model, frames, shown, agent, kept } = opened();
  const first = await agent(1);
  await waitFor('the first frame', () => frames.length === 1);
  expect(frames[0]).toMatchObject({
    type: 'open',
    app: 'web',
    instance: '1',
    size: SIZE,
    viewer: 'page-one',
  });
  first.text({ type: 'opened', console: 'console-1', sequence: 0, screen: null, read_only: false });
  first.bytes('grüße');
  expect([model.state.value.is, kept]).toEqual(['live', ['console-1']]);
  first.close();
  const second = await agent(2);
  await waitFor('the next frame', () => frames.at(-1)?.type === 'attach');
  expect(frames.at(-1)).toMatchObject({ console: 'console-1', after: 7, take: false });
  second.text({ type: 'opened', console: 'console-1', sequence: 7, screen: null, read_only: false });
  second.bytes(' again');
  expect(shown).toEqual(['grüße', ' again']);
  second.text({ type: 'exited', status: 3, signal: null });
  second.close();
  expect(model.state.value).toEqual({ is: 'ended', status: 3, signal: null });
  expect(kept.at(-1)).toBeNull();
});

test('a page loaded anew shows the last screen, and where the console is gone opens another', async () => {
  const { frames, shown, agent, model } = opened({ remembered: 'console-1' });
  const first = await agent(1);
  await waitFor('the first frame', () => frames.length === 1);
  expect(frames[0]).toMatchObject({ type: 'attach', console: 'console-1', after: null });
  first.text({ type: 'opened', console: 'console-1', sequence: 500, screen: 'before', read_only: true });
  expect([shown, model.readOnly.value]).toEqual([['[before]'], true]);
  model.type('nothing');
  model.take();
  await agent(2);
  await waitFor('the wish to write', () => frames.some((each) => each.type === 'attach' && each.take));

  const gone = opened({ remembered: 'console-2' });
  const error = { code: 'console_unknown', message: 'gone' } as never;
  const asked = await gone.agent(1);
  asked.text({ type: 'failed', error });
  asked.close();
  await gone.agent(2);
  await waitFor('a new one', () => gone.frames.at(-1)?.type === 'open');
});

test('what the agent refuses is told, and not tried again by itself', async () => {
  const { model, agent, frames } = opened();
  const first = await agent(1);
  first.text({ type: 'failed', error: { code: 'not_running', message: 'it is stopped' } as never });
  first.close();
  expect(model.state.value).toMatchObject({ is: 'refused', problem: { code: 'not_running' } });
  model.openAgain();
  await agent(2);
  await waitFor('a new one', () => frames.filter(({ type }) => type === 'open').length === 2);
});

test('a long paste waits for the program, in pieces', async () => {
  const { model, agent, typed } = opened();
  const first = await agent(1);
  model.type('too early');
  first.text({ type: 'opened', console: 'console-1', sequence: 0, screen: null, read_only: false });
  model.type('x'.repeat(INPUT_WINDOW_BYTES + 10));
  const bytes = () => typed.reduce((sum, each) => sum + each.length, 0);
  expect(bytes()).toBe(INPUT_WINDOW_BYTES);
  expect(Math.max(...typed.map(({ length }) => length))).toBe(MAX_FRAME_BYTES);
  first.text({ type: 'taken', bytes: MAX_FRAME_BYTES });
  expect(bytes()).toBe(INPUT_WINDOW_BYTES + 10);
});
