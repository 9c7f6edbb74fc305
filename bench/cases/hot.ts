import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeploymentWithSteps } from '../../src/api/index.ts';
import { atom, compareReleases, type HotWay, hotUpgrade, Tuple } from '../../src/otp/index.ts';
import { unpack } from '../../src/release/index.ts';
import { otpReleases } from '../../test/support/otp-releases.ts';
import { RunningRelease } from '../../test/support/running-release.ts';
import { APP, beamEnvironment, PORT } from '../beam.ts';
import { ROOT, run } from '../commands.ts';
import type { Figure } from '../figures.ts';
import { startSlipway } from '../slipway.ts';
import type { Case, Workshop } from '../workshop.ts';

const FROM = '0.1.1';
const TO = '0.1.2';
const LOOK_AGAIN_MS = 20;

/** The releases as they were unpacked, and the way from the one to the other. */
interface Hop {
  way: HotWay;
  running: string;
  wanted: string;
}

/** The times of one upgrade by Slipway: its archive, and the sequence after that. */
interface OurTimes {
  unpackMs: number;
  upgradeMs: number;
}

export const hot: Case = {
  title: 'A hot upgrade of one instance',
  about:
    'A mix release of 6 MB, freshly started for each upgrade. The sequence is driven by Slipway and by an Erlang node ' +
    '(unpack_release, make_relup, check_install_release, install_release, the configuration providers, make_permanent), ' +
    'in turn: from the first call to the answer of make_permanent; both are connected before. In place of ' +
    'unpack_release Slipway copies what the instance lacks: it unpacks and checks an archive once for all instances, ' +
    'which has a line of its own, and a ratio as if there were only this one instance. `slipway deploy` is from the start of the ' +
    "command line to the end of the instance's roll-out: with the archive, the comparison of both releases, a copy for the " +
    'next start, the disk, and the probe of readiness.',
  async run(workshop) {
    const hop = await unpackBoth(workshop.folder);
    const ours: OurTimes[] = [];
    const theirs: number[] = [];
    for (let round = 1; round <= workshop.runs * 2; round++) {
      const contenders = [
        async () => void ours.push(await upgradeByUs(hop, path.join(workshop.folder, `again-${round}`))),
        async () => void theirs.push(await upgradeByErlang(hop)),
      ];
      for (const contender of round % 2 === 1 ? contenders : contenders.reverse()) await contender();
      workshop.say(`upgrade ${round} of ${workshop.runs * 2}`);
    }
    const deployments = await deployByAgent(workshop);

    const slipway = 'Slipway';
    const ratio = (time: (times: OurTimes) => number) =>
      ours.map((times, i) => time(times) / (theirs[i] ?? Number.NaN));
    const upgrades = ours.map(({ upgradeMs }) => upgradeMs);
    const archives = ours.map(({ unpackMs }) => unpackMs);
    const both = 'Slipway / Erlang';
    return [
      { work: 'the sequence', of: 'Erlang', unit: 'ms', values: theirs },
      { work: 'the sequence', of: slipway, unit: 'ms', values: upgrades },
      { work: 'the sequence', of: both, unit: 'times', values: ratio((of) => of.upgradeMs), limit: 1.1 },
      { work: 'the archive', of: slipway, unit: 'ms', values: archives },
      {
        ...{ work: 'the archive and the sequence', of: both, unit: 'times' },
        values: ratio((of) => of.unpackMs + of.upgradeMs),
      },
      { work: 'slipway deploy, to the end of the roll-out', of: slipway, unit: 'ms', values: deployments },
    ] satisfies Figure[];
  },
};

async function unpackBoth(folder: string): Promise<Hop> {
  const releases = otpReleases();
  const [running, wanted] = [path.join(folder, FROM), path.join(folder, TO)];
  await unpack({ archive: releases.elixir(FROM), into: running });
  await unpack({ archive: releases.elixir(TO), into: wanted });
  const way = await compareReleases({ running, wanted });
  if (way.kind === 'full') throw new Error(way.reason);
  return { running, wanted, way };
}

async function upgradeByUs({ running, wanted, way }: Hop, again: string): Promise<OurTimes> {
  await using vm = await startVm(running);
  const { release } = vm;
  const unpackStartMs = performance.now();
  await unpack({ archive: otpReleases().elixir(TO), into: again });
  const startMs = performance.now();
  await hotUpgrade({
    ...{ ...release.hot(), running, pristine: wanted },
    ...{ from: way.from, to: way.to, direction: way.direction },
  });
  const times = { unpackMs: startMs - unpackStartMs, upgradeMs: performance.now() - startMs };
  await expectUpgraded(release);
  return times;
}

async function upgradeByErlang({ running }: Hop): Promise<number> {
  await using vm = await startVm(running);
  const { release } = vm;
  const program = path.join(ROOT, 'bench/programs/hot-upgrade.escript');
  const args = [program, release.node, APP, FROM, TO, otpReleases().elixir(TO)];
  const env = {
    ...process.env,
    ERL_EPMD_PORT: String(release.epmd.port),
    RELEASE_COOKIE: release.cookie,
  };
  const ms = Number(await run('escript', args, { env }));
  await expectUpgraded(release);
  return ms;
}

/** Up to its last application: the release handler is one of them. Ends with the scope. */
async function startVm(pristine: string): Promise<AsyncDisposable & { release: RunningRelease }> {
  const cleanUp = new AsyncDisposableStack();
  try {
    const release = await RunningRelease.start({
      name: APP,
      pristine,
      cleanUp: (fn) => cleanUp.defer(async () => fn()),
    });
    while (!isStarted(await release.call('init', 'get_status', []))) await sleep(LOOK_AGAIN_MS);
    return { release, [Symbol.asyncDispose]: () => cleanUp.disposeAsync() };
  } catch (error) {
    await cleanUp.disposeAsync();
    throw error;
  }
}

function isStarted(status: unknown): boolean {
  return status instanceof Tuple && status.elements[0] === atom('started');
}

async function expectUpgraded(release: RunningRelease): Promise<void> {
  const { version, code, pid } = await release.get('/');
  if (version !== TO || code !== TO || pid !== release.pid)
    throw new Error(`${version} runs, with code of ${code}, in process ${pid} of ${release.pid}`);
}

/** From outside, one instance, which was never upgraded before; milliseconds of each round. */
async function deployByAgent(workshop: Workshop): Promise<number[]> {
  const env = await beamEnvironment(workshop.cleanUp);
  const values: number[] = [];
  for (let round = 1; round <= workshop.runs; round++) {
    values.push(await deployOnce(path.join(workshop.folder, `agent-${round}`), env));
    workshop.say(`deployment ${round} of ${workshop.runs}`);
  }
  return values;
}

async function deployOnce(folder: string, env: NodeJS.ProcessEnv): Promise<number> {
  const options = { name: APP, runtime: 'elixir', replicas: 1, port: PORT, prove_after: '1s' };
  const agent = await startSlipway(folder, options, env);
  await using _ = { [Symbol.asyncDispose]: () => agent.stop() };
  for (const version of [FROM, TO]) agent.bucket.put(version, otpReleases().elixir(version));
  agent.bucket.offer({ version: FROM });
  await agent.allReady(1);
  await agent.idle();

  const startedAt = Date.now();
  const command = ['deploy', APP, '--version', TO, '--json', '--socket', agent.socket];
  const output = await run(path.join(ROOT, 'bin/slipway'), command, { env });
  const { kind, steps } = JSON.parse(output.slice(output.indexOf('{'))) as DeploymentWithSteps;
  const rollOut = steps.find(({ name }) => name === 'roll-out');
  if (kind !== 'hot' || !rollOut?.started_at) throw new Error(`the deployment was no hot one: ${output}`);
  return Date.parse(rollOut.started_at) + (rollOut.duration_ms ?? Number.NaN) - startedAt;
}
