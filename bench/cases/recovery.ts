import path from 'node:path';
import { otpReleases } from '../../test/support/otp-releases.ts';
import {
  type Answer,
  APP,
  answers,
  ask,
  BareRelease,
  beamEnvironment,
  PORT,
  PORTS,
  REPLICAS,
} from '../beam.ts';
import { type Figure, median } from '../figures.ts';
import { startSlipway } from '../slipway.ts';
import type { Case } from '../workshop.ts';

export const recovery: Case = {
  title: 'kill -9 of all three instances, until all serve again',
  about:
    'A mix release. The boots to compare with are those of the release by itself, in the same run: one alone, and three ' +
    'at once, which share the processors.',
  async run({ folder, runs, cleanUp, say }) {
    const env = await beamEnvironment(cleanUp);
    const archive = otpReleases().elixir('0.1.0');
    const one: number[] = [];
    const three: number[] = [];
    const all: number[] = [];
    for (let round = 1; round <= runs; round++) {
      const bare = await BareRelease.unpack(archive, path.join(folder, `bare-${round}`), env);
      one.push((await bare.cycle(1)).bootMs);
      three.push((await bare.cycle(REPLICAS)).bootMs);
      all.push(await killAll(path.join(folder, `run-${round}`), archive, env));
      say(`run ${round} of ${runs}`);
    }
    const alone = 'the release by itself';
    return [
      { work: 'boot of one', of: alone, unit: 'ms', values: one },
      { work: 'boot of three at once', of: alone, unit: 'ms', values: three },
      { work: 'all serve again', of: 'Slipway', unit: 'ms', values: all, limit: median(three) + 100 },
    ] satisfies Figure[];
  },
};

async function killAll(folder: string, archive: string, env: NodeJS.ProcessEnv): Promise<number> {
  const options = { name: APP, runtime: 'elixir', replicas: REPLICAS, port: PORT, prove_after: '1s' };
  const agent = await startSlipway(folder, options, env);
  await using _ = { [Symbol.asyncDispose]: () => agent.stop() };
  agent.bucket.put('0.1.0', archive);
  agent.bucket.offer({ version: '0.1.0' });
  await agent.allReady(REPLICAS);
  await agent.idle();
  const pids = await Promise.all(PORTS.map(async (port) => ((await ask(port)) as Answer).pid));
  const killedMs = performance.now();
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  const up = PORTS.map((port, i) => answers(port, ({ pid }) => pid !== pids[i]));
  return Math.max(...(await Promise.all(up))) - killedMs;
}
