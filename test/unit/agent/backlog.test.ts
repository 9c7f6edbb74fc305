import { expect, test } from 'vitest';
import { Backlog } from '../../../src/agent/terminal/backlog.ts';

test('the last bytes are found by their place in the whole, and older ones no longer', () => {
  const backlog = new Backlog(8);
  const text = 'abcdefghijklmnopqrstuvwxyz';
  for (let at = 0; at < text.length; at += 3) {
    backlog.add(Buffer.from(text.slice(at, at + 3)));
    const { start, end } = backlog;
    for (let place = start; place < end; place++) {
      let read = '';
      for (let next = place; next < end; next = place + read.length) read += String(backlog.from(next, 5));
      expect(read).toBe(text.slice(place, end));
    }
    expect(backlog.from(start - 1, 5)).toBe(start === 0 ? null : null);
  }
  expect([backlog.start, backlog.end]).toEqual([18, 26]);
  expect(backlog.from(26, 5)).toEqual(Buffer.alloc(0));
});

test('more bytes at once than are kept leave their last ones', () => {
  const backlog = new Backlog(4);
  backlog.add(Buffer.from('0123456789'));
  expect(String(backlog.from(6, 4)) + String(backlog.from(8, 4))).toContain('6789');
  expect(backlog.from(5, 4)).toBeNull();
});
