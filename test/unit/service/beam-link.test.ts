import { expect, test } from 'vitest';
import { BeamLink } from '../../../src/service/beam-link.ts';
import { ManualClock } from '../../support/clock.ts';

test('who waits for a connection is told when it is given up', async () => {
  const link = new BeamLink({
    ...{ run: '1', peer: 'shop@host', clock: new ManualClock() },
    target: () => new Promise(() => undefined),
  });
  const { signal } = new AbortController();
  const waiting = link.connected({ timeoutMs: 60_000, signal });
  link.close();
  await expect(waiting).rejects.toThrow('shop@host was given up');
  await expect(link.connected({ timeoutMs: 60_000, signal })).rejects.toThrow('shop@host was given up');
});
