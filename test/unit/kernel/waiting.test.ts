import { expect, test } from 'vitest';
import { Event, onAbort, sleep, until, withDeadline } from '../../../src/kernel/index.ts';
import { ManualClock } from '../../support/clock.ts';

test('an abort is told once, also one that was before, and not after it was taken back', () => {
  const told: unknown[] = [];
  const first = new AbortController();
  onAbort(first.signal, (reason) => told.push(reason));
  const forget = onAbort(first.signal, () => told.push('taken back'));
  forget();
  first.abort('now');
  onAbort(first.signal, (reason) => told.push(`before: ${reason}`));
  onAbort(undefined, () => told.push('nobody'))();
  expect(told).toEqual(['now', 'before: now']);
});

test('what is waited for may be there, may come with an event, and may be given up', async () => {
  const event = new Event<number>();
  await expect(until(event, () => 'there')).resolves.toBe('there');
  const odd = until(event, (told) => told !== undefined && told % 2 === 1 && `odd: ${told}`);
  const lost = new AbortController();
  const never = until(event, () => null, lost.signal);
  const broken = until(event, (told) => {
    if (told === 3) throw new Error('three');
    return false;
  });
  for (const value of [2, 3, 5]) event.emit(value);
  await expect(odd).resolves.toBe('odd: 3');
  await expect(broken).rejects.toThrow('three');
  lost.abort(new Error('given up'));
  await expect(never).rejects.toThrow('given up');
  // Nobody listens any more.
  expect(Reflect.get(event, 'listeners')).toHaveLength(0);
});

test('work is told when its deadline is over, and when who waits for it is aborted', async () => {
  const clock = new ManualClock();
  const signals: AbortSignal[] = [];
  const work = (ms: number, signal?: AbortSignal) =>
    withDeadline({ ms: 1000, clock, signal }, async (own) => {
      signals.push(own);
      await sleep(ms, { clock, signal: own });
      return 'done';
    });
  const outer = new AbortController();
  const [quick, slow, aborted] = [work(999), work(2000), work(2000, outer.signal)];
  outer.abort(new Error('given up'));
  await expect(aborted).rejects.toThrow('given up');
  await expect(work(1, outer.signal)).rejects.toThrow('given up');
  clock.advance(999);
  await expect(quick).resolves.toBe('done');
  clock.advance(1);
  await expect(slow).resolves.toBe('late');
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
  // Work that heeds nothing is left to itself.
  const deaf = withDeadline({ ms: 10, clock }, () => new Promise(() => undefined));
  clock.advance(10);
  await expect(deaf).resolves.toBe('late');
  await expect(
    withDeadline({ ms: 10, clock }, async () => await Promise.reject(new Error('failed'))),
  ).rejects.toThrow('failed');
});
