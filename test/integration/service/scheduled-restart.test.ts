import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

const EVERY_SECOND = '* * * * * *';

test('a restart by schedule is that of a person, uncounted, and gives way to what goes on', async () => {
  const workshop = await Workshop.running({ replicas: 2 });
  const schedule = async (text: string | null) => {
    workshop.configure({ restart: { schedule: text } });
    return await (await workshop.client()).applyConfiguration({});
  };
  const log = () => fs.readFileSync(path.join(workshop.logs, 'slipway/slipway-agent-stdout.log'), 'utf8');
  const said = (text: string) => waitFor(text, () => log().includes(text));
  const before = (await workshop.app()).instances.map(({ pid }) => pid);

  expect(await schedule(EVERY_SECOND)).toEqual({ message: 'web: restart changed, nothing is restarted' });
  await waitFor(
    'both to be others',
    async () =>
      (await workshop.app()).instances.every(
        ({ pid, state }, index) => state === 'ready' && pid !== before[index],
      ),
    SELDOM,
  );
  // A deployment is not disturbed by it.
  workshop.configure({ prove_after: '2s' });
  await (await workshop.client()).applyConfiguration({});
  workshop.publish('1.1.0');
  const { id } = await workshop.untilDeployed('1.1.0');
  await said(`web is not restarted by its schedule: deployment ${id} runs`);
  await (await workshop.client()).stop({ app: 'web' });
  await said('web is not restarted by its schedule: it is stopped');
  await schedule(null);
  await (await workshop.client()).start({ app: 'web' });

  expect((await workshop.app()).instances.map(({ restarts }) => restarts)).toEqual([
    { crash: 0, forced: 0 },
    { crash: 0, forced: 0 },
  ]);
  const lines = log().split('\n');
  const times = lines.filter((line) => line.endsWith('web is restarted by its schedule')).length;
  const timeline = await (await workshop.client()).timeline({ app: 'web' });
  const told = timeline.filter(({ actor }) => actor === 'schedule');
  expect(told).toHaveLength(times);
  expect(told[0]).toMatchObject({ kind: 'action', text: 'web is restarted by its schedule' });
  // One after the other: the second is not touched before the first is ready.
  const steps = lines.flatMap(
    (line) => / (web\/[12] is (?:stopping: restarted|ready))/.exec(line)?.[1] ?? [],
  );
  const from = steps.indexOf('web/1 is stopping: restarted');
  expect(steps.slice(from, from + 4)).toEqual([
    ...['web/1 is stopping: restarted', 'web/1 is ready'],
    ...['web/2 is stopping: restarted', 'web/2 is ready'],
  ]);
});
