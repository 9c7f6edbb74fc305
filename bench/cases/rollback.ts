import path from 'node:path';
import type { Figure } from '../figures.ts';
import { Origin, QUICK } from '../origin.ts';
import { startSite, type Timed } from '../site.ts';
import type { Case } from '../workshop.ts';

/** The project's own limit, hooks apart. There are none here. */
const LIMIT_MS = 50;

export const rollback: Case = {
  title: 'A site goes back to its former release',
  about:
    'From the start of `slipway rollback` to its end, and to the rename of `current`. The deployment by itself is what the ' +
    'journal tells: from its start to its end, without the start of the command line; and the sum of its steps alone. ' +
    'There are no hooks and no workers. How large the releases are makes no difference.',
  async run({ folder, runs, cleanUp, say }) {
    const origin = await Origin.make(path.join(folder, 'origin.git'), QUICK);
    const agent = await startSite(folder, { url: origin.folder, settings: { owner: 'keep' } });
    cleanUp.defer(() => agent.stop());
    await agent.deploy();
    await origin.advance();
    await agent.deploy();
    const all: (Timed & { deployedMs: number; stepsMs: number })[] = [];
    for (let round = 1; round <= runs * 4; round++) {
      const { deployment, ...timed } = await agent.rollback(2 - (round % 2));
      const { state, started_at: started, ended_at: ended, steps } = deployment;
      if (state !== 'succeeded' || !started || !ended)
        throw new Error(`the rollback did not succeed: ${JSON.stringify(deployment)}`);
      all.push({
        ...timed,
        deployedMs: Date.parse(ended) - Date.parse(started),
        stepsMs: steps.reduce((sum, step) => sum + (step.duration_ms ?? 0), 0),
      });
    }
    say(`${all.length} rollbacks`);
    const line = (work: string, values: number[]): Figure => ({ work, of: 'Slipway', unit: 'ms', values });
    return [
      line(
        'the command',
        all.map(({ endMs }) => endMs),
      ),
      line(
        'the command, to the switch',
        all.map(({ switchMs }) => switchMs),
      ),
      {
        ...line(
          'the deployment by itself',
          all.map(({ deployedMs }) => deployedMs),
        ),
        limit: LIMIT_MS,
      },
      line(
        'its steps',
        all.map(({ stepsMs }) => stepsMs),
      ),
    ];
  },
};
