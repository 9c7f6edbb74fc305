import { expect, test } from 'vitest';
import { Event } from '../../../src/kernel/index.ts';

test('a listener that throws keeps no other from being called, and who emits gets what it threw', () => {
  const event = new Event<number>();
  const seen: string[] = [];
  const broken = new Error('broken');
  event.on((value) => seen.push(`first ${value}`));
  const off = event.on(() => {
    throw broken;
  });
  event.on((value) => seen.push(`last ${value}`));
  expect(() => event.emit(1)).toThrow(broken);
  event.on(() => {
    throw new Error('broken, too');
  });
  expect(() => event.emit(2)).toThrow('broken; broken, too');
  off();
  expect(() => event.emit(3)).toThrow('broken, too');
  expect(seen).toEqual(['first 1', 'last 1', 'first 2', 'last 2', 'first 3', 'last 3']);
});
