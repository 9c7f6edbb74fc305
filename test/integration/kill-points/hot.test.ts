import { expect, test } from 'vitest';
import {
  expectWhole,
  type HotTrials,
  makeHotTrials,
  type Trial,
  VERSIONS,
} from '../../support/hot-kill-points.ts';
import { ONE_BY_ONE_MS, tellKillPoints, untilKilled } from '../../support/kill-points.ts';
import { triesAll } from '../../support/notes.ts';

type Point = Omit<Trial, 'order'>;
const before = (point: string): Point => ({ point, moment: 'before' });
const after = (point: string): Point => ({ point, moment: 'after' });

interface Points {
  upgrade: Point[];
  /** The sequence is the same one: what differs is how it is decided, resumed and journaled. */
  wayBack: Point[];
}

/** Decided, and each point from which the VM, its folder and the journal are not of one version. */
const CHOSEN: Points = {
  upgrade: [
    after('demo_app: deployment ID is hot'),
    before('demo_app/1: install'),
    before('demo_app/1: make_permanent'),
    before('demo_app/1: forget'),
    before('demo_app/1: runs release NUMBER'),
    before('demo_app/2: install'),
    after('demo_app: prove begins'),
  ],
  wayBack: [
    after('demo_app: deployment ID is hot'),
    before('demo_app/1: make_permanent'),
    before('demo_app/1: runs release NUMBER'),
  ],
};
const OTHERS: Points = {
  upgrade: [
    before('demo_app: deployment ID is hot'),
    after('demo_app: roll-out 1 begins'),
    ...['remove', 'copy', 'set_unpacked', 'relup', 'configuration', 'check_install'].map((step) =>
      before(`demo_app/1: ${step}`),
    ),
    after('demo_app/1: runs release NUMBER'),
    after('demo_app: roll-out 2 begins'),
    before('demo_app/2: make_permanent'),
    after('demo_app/2: runs release NUMBER'),
  ],
  wayBack: [
    before('demo_app: deployment ID is hot'),
    before('demo_app/1: install'),
    after('demo_app/1: runs release NUMBER'),
    before('demo_app/2: make_permanent'),
    after('demo_app: prove begins'),
  ],
};
const POINTS = triesAll() ? [CHOSEN, OTHERS] : [CHOSEN];
const UPGRADE = POINTS.flatMap(({ upgrade }) => upgrade);
const WAY_BACK = POINTS.flatMap(({ wayBack }) => wayBack);

test(
  'an agent killed at any step of an upgrade: the next one ends it, in the same processes',
  async () => {
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
    tellKillPoints(passed, all);
    expect(passed).toBe(all);
  },
  ONE_BY_ONE_MS,
);

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
