import { expect, test } from 'vitest';
import { expectWhole, makeHotTrials } from '../support/hot-kill-points.ts';
import { SELDOM, waitFor } from '../support/wait-for.ts';

const POINTS = [
  'demo_app/1: remove',
  'demo_app/1: copy',
  'demo_app/1: set_unpacked',
  'demo_app/1: relup',
  'demo_app/1: configuration',
  'demo_app/1: check_install',
  'demo_app/1: install',
  'demo_app/1: make_permanent',
];

test('a VM that is killed at any step of its upgrade is counted as one that crashed', async () => {
  const { workshop, run, goBack } = await makeHotTrials();
  const counted: string[] = [];
  for (const [index, point] of POINTS.entries()) {
    const before = (await workshop.app()).instances[0]?.pid;
    const { id, name } = await run({ point, moment: 'vm', order: 'deploy' });
    await expectWhole(workshop, { id, name, ended: before ?? null });
    // Its record may follow that of the deployment's end.
    await waitFor(
      `crash ${index + 1} to be counted: ${name}`,
      async () => {
        const [instance] = (await workshop.app()).instances;
        if (instance?.restarts.crash === index + 1) return true;
        throw new Error(`${JSON.stringify(instance)} ${workshop.agentOutput().slice(-3000)}`);
      },
      SELDOM,
    );
    counted.push(point);
    await goBack();
  }
  expect(counted).toEqual(POINTS);
}, 900_000);
