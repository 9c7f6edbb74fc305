import { expect, onTestFinished, test } from 'vitest';
import { BeamLink } from '../../../src/service/beam-link.ts';
import { ManualClock } from '../../support/clock.ts';
import { SHORT_HOST, startErlangNode } from '../../support/erlang-node.ts';

test('a node that refuses the cookie is not waited for; with the right one it connects at once', async () => {
  const node = await startErlangNode();
  let cookie = 'another';
  const link = new BeamLink({
    ...{ run: '1', peer: node.name },
    // No time passes: neither the wait for a connection ends, nor that for the next attempt.
    clock: new ManualClock(),
    target: async () => ({
      ...{ local: `agent@${SHORT_HOST}`, peer: node.name, cookie, tls: null },
      epmdPort: node.epmd.port,
    }),
  });
  onTestFinished(() => link.close());
  const { signal } = new AbortController();
  for (let i = 0; i < 2; i++)
    await expect(link.connected({ timeoutMs: 60_000, signal })).rejects.toMatchObject({
      code: 'otp_cookie',
      message: expect.stringContaining(`${node.name} refused our cookie`),
    });
  expect(link.status.reason).toContain(`${node.name} refused our cookie`);
  cookie = node.cookie;
  expect((await link.connected({ timeoutMs: 60_000, signal })).peer).toBe(node.name);
});
