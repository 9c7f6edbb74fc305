import path from 'node:path';
import { otpReleases } from '../../test/support/otp-releases.ts';
import { APP, answers, BareRelease, beamEnvironment, gapUntil, PORT, PORTS, REPLICAS } from '../beam.ts';
import { type Figure, median } from '../figures.ts';
import { startSlipway } from '../slipway.ts';
import type { Case, Workshop } from '../workshop.ts';

export const rollout: Case = {
  title: 'A version written to the bucket, until all three instances serve it',
  about:
    'A mix release of 6 MB. First deployment: nothing ran before, so it is three boots. Next version: each instance ' +
    'is stopped and the next one touched when the one before is ready; every port is asked all the time, and the gap is ' +
    'from the last answer of the old version to the first of the new one. Boot and stop are those of the release by ' +
    'itself, measured in the same run.',
  async run(workshop) {
    const env = await beamEnvironment(workshop.cleanUp);
    const releases = otpReleases();
    const bare = await BareRelease.unpack(releases.elixir('0.1.0'), path.join(workshop.folder, 'bare'), env);
    const boots: number[] = [];
    const stops: number[] = [];
    const first: number[] = [];
    const next: number[] = [];
    const gaps: number[] = [];
    for (let round = 1; round <= workshop.runs; round++) {
      const { bootMs, stopMs } = await bare.cycle(1);
      boots.push(bootMs);
      stops.push(stopMs);
      const measured = await deployTwice(workshop, round, env);
      first.push(measured.firstMs);
      next.push(measured.nextMs);
      gaps.push(...measured.gapsMs);
      workshop.say(`run ${round} of ${workshop.runs}`);
    }
    const bootMs = median(boots);
    const cycleMs = bootMs + median(stops);
    const alone = 'the release by itself';
    return [
      { work: 'boot', of: alone, unit: 'ms', values: boots },
      { work: 'stop', of: alone, unit: 'ms', values: stops },
      { work: 'first deployment', of: 'Slipway', unit: 'ms', values: first, limit: REPLICAS * bootMs + 1000 },
      { work: 'next version', of: 'Slipway', unit: 'ms', values: next, limit: REPLICAS * cycleMs + 1000 },
      { work: 'one instance unavailable', of: 'Slipway', unit: 'ms', values: gaps, limit: cycleMs + 100 },
    ] satisfies Figure[];
  },
};

async function deployTwice(workshop: Workshop, round: number, env: NodeJS.ProcessEnv) {
  const releases = otpReleases();
  const options = { name: APP, runtime: 'elixir', replicas: REPLICAS, port: PORT, prove_after: '1s' };
  const agent = await startSlipway(path.join(workshop.folder, `run-${round}`), options, env);
  await using _ = { [Symbol.asyncDispose]: () => agent.stop() };
  for (const version of ['0.1.0', '0.1.1']) agent.bucket.put(version, releases.elixir(version));

  const offeredMs = performance.now();
  agent.bucket.offer({ version: '0.1.0' });
  const firstMs =
    Math.max(...(await Promise.all(PORTS.map((port) => answers(port, () => true))))) - offeredMs;
  await agent.idle();

  const nextOfferedMs = performance.now();
  const gaps = PORTS.map((port) => gapUntil(port, '0.1.1'));
  agent.bucket.offer({ version: '0.1.1' });
  const gapsMs = await Promise.all(gaps);
  return { firstMs, nextMs: performance.now() - nextOfferedMs, gapsMs };
}
