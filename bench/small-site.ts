import path from 'node:path';
import type { DeploymentWithSteps } from '../src/api/index.ts';
import { bareSite } from './bare-site.ts';
import { run } from './commands.ts';
import { type Figure, median } from './figures.ts';
import { Origin, QUICK } from './origin.ts';
import { startSite, type Timed } from './site.ts';
import type { Workshop } from './workshop.ts';

const SLIPWAY = 'Slipway';
const CHECKOUT = 'bare: git checkout-index, 4 workers';
/** The project's own limit: of the bare one. */
const AT_MOST = 1.2;

/** The next commit of a repository in which what does not grow with it weighs most, and where that time goes. */
export async function smallSite(workshop: Workshop): Promise<Figure[]> {
  const place = (name: string) => path.join(workshop.folder, 'small', name);
  const origin = await Origin.make(path.join(workshop.folder, 'small-origin.git'), QUICK);
  const url = origin.folder;
  const agent = await startSite(place('slipway'), { url, settings: { owner: 'keep', keep: 2 } });
  workshop.cleanUp.defer(() => agent.stop());
  const bare = await bareSite(place('bare'), { url, way: 'checkout' });
  const work = `next commit, ${QUICK.files.toLocaleString('en')} files`;
  const whole: Figure = { work, of: SLIPWAY, unit: 'ms', values: [] };
  const limit: Figure = { work, of: CHECKOUT, unit: 'ms', values: [] };
  const ratio: Figure = { work, of: `${SLIPWAY} / bare`, unit: 'times', values: [], limit: AT_MOST };
  const parts = new Map<string, number[]>();
  // The first one is not measured: nothing is there yet.
  await agent.deploy();
  for (let round = 1; round <= workshop.runs * 4; round++) {
    await origin.advance();
    const ours = async () => {
      await run('sync', []);
      const deployed = await agent.deploy();
      whole.values.push(deployed.endMs);
      for (const [name, ms] of partsOf(deployed)) parts.set(name, [...(parts.get(name) ?? []), ms]);
      return deployed.endMs;
    };
    const theirs = async () => {
      await run('sync', []);
      const { endMs } = await bare.deploy();
      limit.values.push(endMs);
      return endMs;
    };
    const isOurTurn = round % 2 === 0;
    const first = await (isOurTurn ? ours() : theirs());
    const second = await (isOurTurn ? theirs() : ours());
    ratio.values.push(isOurTurn ? first / second : second / first);
  }
  workshop.say(work);
  const shown = [...parts].filter(([, values]) => median(values) >= 1);
  return [
    ...[whole, limit, ratio],
    ...shown.map(([part, values]): Figure => ({ work: `${work}: ${part}`, of: SLIPWAY, unit: 'ms', values })),
  ];
}

/** In the order in which they come, all of the time. */
function partsOf({ endMs, deployment }: Timed & { deployment: DeploymentWithSteps }): [string, number][] {
  const { state, started_at: started, ended_at: ended, steps } = deployment;
  if (state !== 'succeeded' || !started || !ended)
    throw new Error(`the deployment did not succeed: ${JSON.stringify(deployment)}`);
  const deployedMs = Date.parse(ended) - Date.parse(started);
  const times = steps.map(({ name, duration_ms: ms }): [string, number] => [`step ${name}`, ms ?? 0]);
  const inSteps = times.reduce((sum, [, ms]) => sum + ms, 0);
  return [
    ['the command line, and the choice of the commit', endMs - deployedMs],
    ...times,
    ['between the steps', deployedMs - inSteps],
  ];
}
