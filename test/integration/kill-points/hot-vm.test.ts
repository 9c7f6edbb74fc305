import { expect, test } from 'vitest';
import { expectWhole, makeHotTrials } from '../../support/hot-kill-points.ts';
import { entriesOf, ONE_BY_ONE_MS, tellKillPoints } from '../../support/kill-points.ts';
import { triesAll } from '../../support/notes.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';

/** Before and after its code is another one, where the upgrade is permanent but not known to be, and in the midst of the roll-out. */
const CHOSEN = [
  'demo_app/1: relup',
  'demo_app/1: install',
  'demo_app/1: make_permanent',
  'demo_app/1: forget',
  'demo_app: roll-out 2 begins',
];
const OTHERS = [
  'demo_app/1: remove',
  'demo_app/1: copy',
  'demo_app/1: set_unpacked',
  'demo_app/1: configuration',
  'demo_app/1: check_install',
  'demo_app/1: runs release NUMBER',
  'demo_app/2: install',
  'demo_app: prove begins',
];
const POINTS = triesAll() ? [...CHOSEN, ...OTHERS] : CHOSEN;

test(
  'a VM killed at any step of its upgrade: the app ends whole on one version, as status says',
  async () => {
    const { workshop, run, goBack } = await makeHotTrials();
    const outcomes: string[] = [];
    let passed = 0;
    for (const [index, point] of POINTS.entries()) {
      const before = (await workshop.app()).instances[0]?.pid;
      const { agent, id, at, name } = await run({ point, moment: 'vm', order: 'deploy' });
      const app = await expectWhole(workshop, { id, name, ended: before ?? null });
      expect(entriesOf(workshop), name).toContain(at);
      expect(agent.exitCode, name).toBeNull();
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
      outcomes.push(`${point}: ${app.live?.version}, ${(await workshop.lastDeployment())?.state}`);
      passed++;
      await goBack();
    }
    tellKillPoints(passed, POINTS.length);
    console.log(outcomes.join('\n'));
    expect(passed).toBe(POINTS.length);
  },
  ONE_BY_ONE_MS,
);
