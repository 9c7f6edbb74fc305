import { expect, test } from 'vitest';
import { bundleKilledAgent, runUntilKilled, untilKilled } from '../../support/kill-points.ts';
import { invite, PASSWORD, workshopWithPages } from '../../support/person.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';

test('an agent killed while somebody accepts its link has made the user and spent it, or neither', async () => {
  const { workshop, address } = await workshopWithPages({ replicas: 1 });
  const program = await bundleKilledAgent();
  const post = (at: string, body: object) =>
    fetch(`${address}/api/v1/session/${at}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const users = async () => (await (await workshop.client()).users()).map(({ user }) => user);
  const killedWhile = async (user: string, moment: 'before' | 'after') => {
    const token = (await invite(workshop)).split('#')[1] ?? '';
    await workshop.kill();
    const at = `${user} accepts an invitation`;
    runUntilKilled({ workshop, program }, { at, moment, order: '' });
    await waitFor('the door', async () => (await fetch(`${address}/health`)).ok, SELDOM);
    const accepted = post('invitation', { token, user, password: PASSWORD });
    await Promise.all([
      untilKilled(workshop, `${moment} ${at}`),
      expect(accepted).rejects.toThrow('fetch failed'),
    ]);
    await workshop.start();
    return token;
  };
  await workshop.start();

  const kept = await killedWhile('ada', 'before');
  expect(await users()).toEqual([]);
  expect((await post('invitation/look', { token: kept })).status).toBe(200);
  expect((await post('invitation', { token: kept, user: 'ada', password: PASSWORD })).status).toBe(200);

  const spent = await killedWhile('bob', 'after');
  expect(await users()).toEqual(['ada', 'bob']);
  for (const token of [kept, spent])
    expect((await post('invitation/look', { token })).status).toBeGreaterThanOrEqual(400);
  expect((await post('log-in', { user: 'bob', password: PASSWORD })).status).toBe(200);
});
