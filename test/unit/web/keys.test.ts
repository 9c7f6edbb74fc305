import { signal } from '@preact/signals';
import { expect, test } from 'vitest';
import { createKeys, createPalette } from '../../../src/web/models/index.ts';

function keysAt(clock: { nowMs: number }) {
  const on = signal<'on' | 'off'>('on');
  const keys = createKeys({ keys: on }, { monotonicMs: () => clock.nowMs });
  const did: string[] = [];
  const shortcut = (key: string, what = key) => ({ keys: key, text: what, run: () => did.push(what) });
  return { keys, on, did, shortcut };
}

test('two keys are one shortcut when the second comes soon, and the page goes before the frame', () => {
  const clock = { nowMs: 0 };
  const { keys, did, shortcut } = keysAt(clock);
  keys.add([shortcut('g o'), shortcut('o', 'frame')]);
  const remove = keys.add([shortcut('o', 'page')]);
  expect([keys.press('g'), keys.press('o')]).toEqual([false, true]);
  keys.press('g');
  clock.nowMs += 5000;
  keys.press('o');
  remove();
  keys.press('o');
  expect(did).toEqual(['g o', 'page', 'frame']);
});

test('single keys can be turned off', () => {
  const { keys, on, did, shortcut } = keysAt({ nowMs: 0 });
  keys.add([shortcut('d')]);
  on.value = 'off';
  expect([keys.press('d'), did]).toEqual([false, []]);
});

test('the palette moves around its ends, and begins anew with each letter', () => {
  const entries = signal(
    ['alpha', 'beta', 'gamma'].map((text) => ({ id: text, kind: 'App', text, run: () => {} })),
  );
  const find = (texts: readonly string[], typed: string) =>
    texts.flatMap((text, index) => (text.includes(typed) ? [index] : []));
  const palette = createPalette(entries, find);
  palette.move(-1);
  expect(palette.at.value).toBe(2);
  palette.type('bet');
  expect([palette.at.value, palette.found.value.map(({ id }) => id)]).toEqual([0, ['beta']]);
  palette.move(1);
  expect(palette.at.value).toBe(0);
  entries.value = [];
  expect([palette.at.value, palette.found.value]).toEqual([0, []]);
});
