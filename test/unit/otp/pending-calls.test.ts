import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { PendingCalls } from '../../../src/otp/pending-calls.ts';
import { atom } from '../../../src/otp/term/index.ts';

const call = { module: atom('m'), fn: atom('f'), args: [1, 2] };
const HOUR_MS = 3_600_000;

describe('calls that wait', () => {
  it('are answered by their keys, each once', async () => {
    const pending = new PendingCalls('peer@host');
    const answers = [1, 2, 3].map((key) => pending.open(key, call, { timeoutMs: HOUR_MS }));
    for (const key of [2, 3, 1]) pending.take(key)?.resolve(key * 10);
    expect(await Promise.all(answers)).toEqual([10, 20, 30]);
    expect(pending.take(1)).toBeUndefined();
    expect(pending.take(Number.NaN)).toBeUndefined();
  });

  it('fail at their own time-outs, whatever the order in which they began', async () => {
    const pending = new PendingCalls('peer@host');
    const first = pending.open(1, call, { timeoutMs: HOUR_MS });
    const forever = pending.open(2, call, { timeoutMs: Number.MAX_SAFE_INTEGER });
    for (const key of [3, 4]) {
      const failed = pending.open(key, call, { timeoutMs: key });
      await expect(failed).rejects.toMatchObject({ code: 'otp_timeout' });
      await expect(failed).rejects.toThrow(`m:f/2 did not return within ${key} ms on peer@host`);
      expect(pending.take(key)).toBeUndefined();
    }
    for (const key of [1, 2]) pending.take(key)?.resolve(key);
    expect(await Promise.all([first, forever])).toEqual([1, 2]);
  });

  it('all fail with the connection', async () => {
    const pending = new PendingCalls('peer@host');
    const calls = [1, 2].map((key) => pending.open(key, call, { timeoutMs: HOUR_MS }));
    const error = new Error('gone');
    pending.rejectAll(error);
    for (const failed of calls) await expect(failed).rejects.toBe(error);
    expect(pending.take(1)).toBeUndefined();
  });

  it('fail at once where they begin after the end of the connection', async () => {
    const pending = new PendingCalls('peer@host');
    const error = new Error('gone');
    pending.rejectAll(error);
    for (const timeoutMs of [1, 2 * HOUR_MS])
      await expect(pending.open(2, call, { timeoutMs })).rejects.toBe(error);
  });

  it('leave no listener on their signal, however they end', async () => {
    const { signal } = new AbortController();
    const pending = new PendingCalls('peer@host');
    const calls = [1, 2].map((key) => pending.open(key, call, { timeoutMs: HOUR_MS, signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(2);
    pending.take(1)?.resolve(1);
    pending.take(2)?.reject(new Error('no'));
    await Promise.allSettled(calls);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('end with the reason of their signal', async () => {
    const controller = new AbortController();
    const pending = new PendingCalls('peer@host');
    const failed = pending.open(1, call, { timeoutMs: HOUR_MS, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(failed).rejects.toThrow('enough');
    expect(pending.take(1)).toBeUndefined();
    const late = pending.open(2, call, { timeoutMs: HOUR_MS, signal: controller.signal });
    await expect(late).rejects.toThrow('enough');
  });
});
