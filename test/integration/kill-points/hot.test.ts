import { expect, test } from 'vitest';
import {
  expectWhole,
  type HotTrials,
  makeHotTrials,
  type Trial,
  VERSIONS,
} from '../../support/hot-kill-points.ts';
import { untilKilled } from '../../support/kill-points.ts';

const STEPS = [
  ...['remove', 'copy', 'set_unpacked', 'relup', 'configuration', 'check_install', 'install'],
  ...['make_permanent', 'forget'],
];
const UPGRADE: Omit<Trial, 'order'>[] = [
  { point: 'demo_app: deployment ID is hot', moment: 'before' },
  { point: 'demo_app: deployment ID is hot', moment: 'after' },
  { point: 'demo_app: roll-out 1 begins', moment: 'after' },
  ...STEPS.map((step) => ({ point: `demo_app/1: ${step}`, moment: 'before' as const })),
  { point: 'demo_app/1: runs release NUMBER', moment: 'before' },
  { point: 'demo_app/1: runs release NUMBER', moment: 'after' },
  { point: 'demo_app: roll-out 2 begins', moment: 'after' },
  { point: 'demo_app/2: install', moment: 'before' },
  { point: 'demo_app/2: make_permanent', moment: 'before' },
  { point: 'demo_app/2: runs release NUMBER', moment: 'after' },
  { point: 'demo_app: prove begins', moment: 'after' },
];
/** The sequence is the same one: what differs is how it is decided, resumed and journaled. */
const WAY_BACK: Omit<Trial, 'order'>[] = [
  { point: 'demo_app: deployment ID is hot', moment: 'before' },
  { point: 'demo_app: deployment ID is hot', moment: 'after' },
  { point: 'demo_app/1: install', moment: 'before' },
  { point: 'demo_app/1: make_permanent', moment: 'before' },
  { point: 'demo_app/1: runs release NUMBER', moment: 'before' },
  { point: 'demo_app/1: runs release NUMBER', moment: 'after' },
  { point: 'demo_app/2: make_permanent', moment: 'before' },
  { point: 'demo_app: prove begins', moment: 'after' },
];

test('an agent killed at any step of an upgrade: the next one ends it, in the same processes', async () => {
  const trials = await makeHotTrials();
  let passed = 0;
  for (const [index, trial] of UPGRADE.entries()) {
    await expectEnded(trials, { ...trial, order: 'deploy' });
    const back = WAY_BACK[index];
    if (back) await expectEnded(trials, { ...back, order: 'rollback' });
    else await trials.goBack();
    passed += back ? 2 : 1;
  }
  const all = UPGRADE.length + WAY_BACK.length;
  console.log(`kill points: ${passed} of ${all}`);
  expect(passed).toBe(all);
}, 1_200_000);

async function expectEnded({ workshop, run }: HotTrials, trial: Trial): Promise<void> {
  const { id, name } = await run(trial);
  await untilKilled(workshop, name);
  const vms = workshop.processes().filter(({ command }) => command === 'beam.smp');
  await workshop.start();
  const app = await expectWhole(workshop, { id, name });
  expect(app.live?.version, name).toBe(VERSIONS[trial.order]);
  expect(
    app.instances.map(({ deployment_kind }) => deployment_kind),
    name,
  ).toEqual(['hot', 'hot']);
  expect(new Set(app.instances.map(({ pid }) => pid)), name).toEqual(new Set(vms.map(({ pid }) => pid)));
}
