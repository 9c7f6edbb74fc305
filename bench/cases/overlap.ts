import path from 'node:path';
import { otpReleases } from '../../test/support/otp-releases.ts';
import { APP, BareRelease, beamEnvironment, PORT, REPLICAS } from '../beam.ts';
import { type Figure, median } from '../figures.ts';
import { PORTS } from '../graceful.ts';
import { startSlipway } from '../slipway.ts';
import type { Case, Workshop } from '../workshop.ts';

export const overlap: Case = {
  title: 'A version for three instances at once, by overlap',
  about:
    'A mix release of 6 MB behind the proxy, with `batch: 100%`: all three successors boot beside the three that serve. From the ' +
    'moment at which the version is written to the bucket: until all three serve it, and until the former ones have ended. The ' +
    'roll-out alone, without fetch, unpacking and copies, is what the deployment tells of its steps. Boots are those of the ' +
    'release by itself, three at once, in the same run.',
  async run(workshop) {
    const env = await beamEnvironment(workshop.cleanUp);
    const bare = await BareRelease.unpack(
      otpReleases().elixir('0.1.0'),
      path.join(workshop.folder, 'bare'),
      env,
    );
    const boots: number[] = [];
    const measured: { servesMs: number; rolledMs: number; endedMs: number }[] = [];
    for (let round = 1; round <= workshop.runs; round++) {
      boots.push((await bare.cycle(REPLICAS)).bootMs);
      measured.push(await rollOut(workshop, round, env));
      workshop.say(`run ${round} of ${workshop.runs}`);
    }
    const line = (work: string, key: keyof (typeof measured)[number]): Figure => ({
      ...{ work, of: 'Slipway', unit: 'ms' },
      values: measured.map((each) => each[key]),
    });
    return [
      { work: 'boot of three at once', of: 'the release by itself', unit: 'ms', values: boots },
      { ...line('the roll-out', 'rolledMs'), limit: 1.2 * median(boots) },
      line('all serve the new version', 'servesMs'),
      line('the former ones have ended', 'endedMs'),
    ];
  },
};

async function rollOut(workshop: Workshop, round: number, env: NodeJS.ProcessEnv) {
  const releases = otpReleases();
  const options = {
    ...{ name: APP, runtime: 'elixir', replicas: REPLICAS, port: PORT, prove_after: '100ms' },
    ...{ domains: ['bench.test'], roll_out: { strategy: 'overlap', batch: '100%' } },
    host: { proxy: { http: `127.0.0.1:${PORTS.slipway}` } },
  };
  const agent = await startSlipway(path.join(workshop.folder, `run-${round}`), options, env);
  await using _ = { [Symbol.asyncDispose]: () => agent.stop() };
  for (const version of ['0.1.0', '0.1.1']) agent.bucket.put(version, releases.elixir(version));
  agent.bucket.offer({ version: '0.1.0' });
  await agent.allReady(REPLICAS);
  await agent.idle();

  const until = async (
    wanted: (app: Awaited<ReturnType<typeof agent.status>>['apps'][number]) => boolean,
  ) => {
    for (;;) {
      const [app] = (await agent.status()).apps;
      if (app && wanted(app)) return performance.now() - offeredMs;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const offeredMs = performance.now();
  agent.bucket.offer({ version: '0.1.1' });
  const servesMs = await until(({ instances }) =>
    instances.every(({ version, state }) => version === '0.1.1' && state === 'ready'),
  );
  const endedMs = await until(
    ({ instances, deployment }) =>
      deployment === null && instances.every(({ successor }) => successor === null),
  );
  const { steps } = await agent.lastDeployment();
  const rolled = steps.filter(({ name }) => name === 'roll-out');
  const began = rolled.map(({ started_at: at }) => Date.parse(at ?? ''));
  const ended = rolled.map(({ started_at: at, duration_ms: ms }) => Date.parse(at ?? '') + (ms ?? 0));
  return { servesMs, endedMs, rolledMs: Math.max(...ended) - Math.min(...began) };
}
