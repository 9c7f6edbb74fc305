import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished } from 'vitest';
import { bundleProgram } from '../../script/bundle-program.ts';
import { parseReleaseName } from '../../src/release/index.ts';
import { trialsOf } from './kill-trials.ts';
import { note } from './notes.ts';
import { compileProgram } from './programs.ts';
import { SELDOM, waitFor } from './wait-for.ts';
import { Workshop } from './workshop.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const PROGRAM = path.join(ROOT, 'test/fixtures/programs/agent-killed-at.ts');
const REPLICAS = 2;
/** From one entry to the next. A roll-out of two VMs takes a tenth of it. */
const NEXT_ENTRY_BY_MS = 60_000;
/** Of a whole file: each kill has deadlines of its own, and how many there are is no fault. */
export const ONE_BY_ONE_MS = 7_200_000;

export interface Scenario {
  /** Brings the folder to where every trial begins; the agent runs and is ended afterwards. */
  prepare: (tiny: TinyWorkshop) => Promise<void>;
  /** What sets off the thing that is killed: done before the agent that will be killed starts. */
  trigger: (tiny: TinyWorkshop) => void;
  order?: 'rollback' | 'restart' | 'configure';
  /** From when all instances were up for the first time, no more than one is down at any moment, whoever is killed. */
  oneDownAtMost?: boolean;
  /** The entry with which it begins: what comes before it is killed elsewhere. */
  from?: string;
  /** The entry (without its app) with which its own begin: those before it are chosen in another scenario. */
  own?: string;
  /** Both where it is left out, though before an entry is seldom another state than after the one before it. */
  moments?: ('before' | 'after')[];
  /** Versions that may be live in the end. */
  versions: readonly string[];
}

/** A workshop whose app is a tiny C program, so that hundreds of trials are quick. */
export class TinyWorkshop {
  readonly workshop: Workshop;
  readonly startsFile: string;
  readonly program: string;
  private readonly server: Buffer;

  private constructor(workshop: Workshop, program: string) {
    this.workshop = workshop;
    this.startsFile = path.join(workshop.folder, 'starts');
    this.program = program;
    this.server = fs.readFileSync(compileProgram('tiny-server', workshop.folder));
  }

  static async make(): Promise<TinyWorkshop> {
    const workshop = await Workshop.make({
      name: 'tiny',
      replicas: REPLICAS,
      app: { start: './tiny-server', prove_after: '400ms', restart: { max_delay: '50ms' } },
    });
    const tiny = new TinyWorkshop(workshop, await bundleKilledAgent());
    workshop.configure({ env: { TINY_LOG: tiny.startsFile } });
    return tiny;
  }

  /** Makes instances take so long to come up that one which is not waited for is seen. */
  slowDown(): void {
    this.workshop.configure({ env: { TINY_LOG: this.startsFile, TINY_DELAY_MS: '40' } });
  }

  publish(version: string, options: { bad?: boolean; preCommands?: string[] } = {}): void {
    const { bucket } = this.workshop;
    bucket.putFiles(version, {
      'tiny-server': this.server,
      version,
      ...(options.bad ? { bad: '' } : {}),
    });
    bucket.offer({ version, hash: 'local', pre_commands: options.preCommands ?? [] });
  }
}

/** Deploys versions one after the other, each until it is proven. */
export async function deployVersions(tiny: TinyWorkshop, versions: readonly string[]): Promise<void> {
  for (const [index, version] of versions.entries()) {
    tiny.publish(version);
    if (index === 0) await tiny.workshop.start();
    await tiny.workshop.untilDeployed(version);
  }
}

/**
 * Kills the agent at entries of its journal, before the commit and after it, and looks each time what the next agent makes of
 * it: at those that tell most, or at every one (kill-trials.ts). Prints `kill points: N of N`.
 */
export async function killEverywhere(scenario: Scenario): Promise<void> {
  const tiny = await TinyWorkshop.make();
  const { workshop } = tiny;
  await scenario.prepare(tiny);
  await endWithApps(workshop);
  const snapshot = path.join(workshop.folder, 'snapshot');
  fs.cpSync(workshop.data, snapshot, { recursive: true, verbatimSymlinks: true });
  fs.copyFileSync(workshop.configFile, `${workshop.configFile}.first`);
  scenario.trigger(tiny);
  restore(tiny, snapshot);

  const entries = await enumerate(tiny, scenario);
  const first = scenario.from === undefined ? 0 : entries.indexOf(scenario.from);
  expect(first, `${scenario.from} in ${entries.join(', ')}`).toBeGreaterThanOrEqual(0);
  const { moments = ['before', 'after'] } = scenario;
  const trials = trialsOf(entries, { own: scenario.own }).filter(
    ({ at, moment }) => at > first && moments.includes(moment),
  );
  let passed = 0;
  for (const trial of trials) {
    restore(tiny, snapshot);
    const killed = runUntilKilled(tiny, { at: trial.at, moment: trial.moment, order: scenario.order ?? '' });
    const name = `${trial.moment} "${trial.entry}" (entry ${trial.at} of ${entries.length})`;
    let looks = 0;
    // That it came to rest is the exception, and asking for it costs the agent.
    const hasComeToRest = async () => ++looks % 25 === 0 && (await isAtRest(tiny, scenario));
    await untilEnded(workshop, killed, { what: `the agent to be killed ${name}`, orWhen: hasComeToRest });
    // Which entries there are depends on the moment at which processes end: one may come to rest before its last.
    await workshop.kill();
    expect(killed.signalCode, `the agent is killed ${name}`).toBe('SIGKILL');
    await workshop.start();
    await expectOneVersion(tiny, scenario, name);
    await endWithApps(workshop);
    passed++;
  }
  tellKillPoints(passed, trials.length);
  expect(passed).toBe(trials.length);
}

/** On the screen, and on the page of a soak. */
export function tellKillPoints(passed: number, all: number): void {
  console.log(`kill points: ${passed} of ${all}`);
  note(`kill points: ${expect.getState().currentTestName}`, `${passed} of ${all}`);
}

/** All entries of a run in which nothing is killed, as many as it takes to come to rest. */
async function enumerate(tiny: TinyWorkshop, scenario: Scenario): Promise<string[]> {
  const { workshop } = tiny;
  const agent = runUntilKilled(tiny, { at: 1_000_000, moment: 'after', order: scenario.order ?? '' });
  await waitFor(
    'the undisturbed run to come to rest',
    async () => {
      if (hasEnded(agent)) throw new Error(`it ended: ${workshop.agentOutput()}`);
      return await isAtRest(tiny, scenario);
    },
    SELDOM,
  );
  agent.kill('SIGTERM');
  await once(agent, 'exit');
  const entries = entriesOf(workshop);
  // The last ones end the apps: not part of what is tried.
  return entries.slice(0, entries.length - REPLICAS);
}

/** Waits until the agent has killed itself at the point named; one that never comes there fails the test. */
export async function untilKilled(workshop: Workshop, point: string): Promise<void> {
  const agent = workshop.agent as ChildProcess;
  await untilEnded(workshop, agent, { what: `the agent to be killed at ${point}` });
  const entries = entriesOf(workshop).join('\n');
  expect(agent.signalCode, `killed at ${point}\n${entries}\n${workshop.agentOutput().slice(-3000)}`).toBe(
    'SIGKILL',
  );
}

/** Waits until the agent has ended. Each entry that it comes to gives it time anew. */
export async function untilEnded(
  workshop: Workshop,
  agent: ChildProcess,
  { what, orWhen }: { what: string; orWhen?: () => Promise<boolean> },
): Promise<void> {
  await waitFor(
    what,
    async () => {
      if (hasEnded(agent) || (await orWhen?.())) return true;
      throw new Error(`its last entry is "${entriesOf(workshop).at(-1)}"`);
    },
    { intervalMs: 20, deadlineMs: NEXT_ENTRY_BY_MS, atMostMs: ONE_BY_ONE_MS },
  );
}

export const hasEnded = (agent: ChildProcess) => agent.exitCode !== null || agent.signalCode !== null;

/** Whether everything that the scenario sets off has been done. */
async function isAtRest({ workshop }: TinyWorkshop, scenario: Scenario): Promise<boolean> {
  const deployment = await workshop.lastDeployment();
  const app = await workshop.app();
  if (deployment?.ended_at === null || isBehind(workshop, scenario, deployment?.version ?? '')) return false;
  const version = app.instances.every((instance) => instance.version === scenario.versions.at(-1));
  const isForced = scenario.order === 'restart' || scenario.order === 'configure';
  const restarted = !isForced || app.instances.every((instance) => instance.restarts.forced > 0);
  return app.state === 'running' && version && restarted;
}

async function expectOneVersion(tiny: TinyWorkshop, scenario: Scenario, name: string): Promise<void> {
  const { workshop } = tiny;
  const app = await waitFor(
    `one version on all instances, killed ${name}`,
    async () => {
      const deployment = await workshop.lastDeployment();
      const now = await workshop.app();
      const ended =
        deployment !== null &&
        deployment.ended_at !== null &&
        !isBehind(workshop, scenario, deployment.version);
      const versions = new Set(now.instances.map((instance) => instance.version));
      if (now.state === 'running' && ended && versions.size === 1 && restartsLeft(workshop) === 0) return now;
      throw new Error(
        `${JSON.stringify(now)} ${JSON.stringify(deployment)} ${workshop.agentOutput().slice(-2000)}`,
      );
    },
    { intervalMs: 150, atMostMs: 600_000 },
  );
  const version = app.instances[0]?.version ?? '';
  expect(scenario.versions, `version live, killed ${name}\n${workshop.agentOutput()}`).toContain(version);
  expect(app.live?.version, `status, killed ${name}`).toBe(version);
  // No instance was ever started while its port was held.
  const starts = fs.readFileSync(tiny.startsFile, 'utf8');
  expect(starts, `starts, killed ${name}`).not.toContain('TWICE');
  if (scenario.oneDownAtMost)
    expect(fewestUp(starts), `up at any moment, killed ${name}\n${starts}`).toBeGreaterThanOrEqual(
      REPLICAS - 1,
    );
  // Nothing is left over: as many processes as instances, each the one that status shows.
  const pids = workshop.processes().map((stat) => stat.pid);
  expect(pids.toSorted(byNumber), `processes, killed ${name}`).toEqual(
    app.instances.map((instance) => instance.pid ?? 0).toSorted(byNumber),
  );
  // No directory is half made, and none is there that the journal does not know.
  await waitFor(`no left-over directory, killed ${name}`, async () => {
    const client = await workshop.client();
    const known = (await client.releases({ app: 'tiny' })).map((release) => path.basename(release.directory));
    const names = fs.readdirSync(path.join(workshop.data, 'service/tiny/release'));
    const wrong = names.filter((each) => parseReleaseName(each) === null || !known.includes(each));
    if (wrong.length > 0) throw new Error(wrong.join(' '));
    return true;
  });
  for (let instance = 1; instance <= REPLICAS; instance++) {
    const current = fs.realpathSync(path.join(workshop.data, 'service/tiny', String(instance), 'current'));
    expect(fs.readFileSync(path.join(current, 'version'), 'utf8'), `current, killed ${name}`).toBe(version);
  }
}

/** Instances that the journal says are still to be restarted. */
function restartsLeft({ data }: Workshop): number {
  const database = new Database(path.join(data, 'slipway.db'), { readonly: true });
  try {
    const left = database.prepare(
      'SELECT count(*) AS count FROM instance WHERE generation < wanted_generation',
    );
    return (left.get() as { count: number }).count;
  } finally {
    database.close();
  }
}

/** How many were up when the fewest were, since all of them were; by what they wrote when they came up and went. */
function fewestUp(starts: string): number {
  const up = new Set<string>();
  let fewest = Number.POSITIVE_INFINITY;
  for (const line of starts.trim().split('\n')) {
    const [what, , pid = ''] = line.split(' ');
    if (what === 'start') up.add(pid);
    else up.delete(pid);
    if (up.size === REPLICAS || fewest <= REPLICAS) fewest = Math.min(fewest, up.size);
  }
  return fewest;
}

const byNumber = (a: number, b: number) => a - b;

/** An offer is not dealt with yet: the agent is about to begin its deployment. */
function isBehind(workshop: Workshop, scenario: Scenario, deployed: string): boolean {
  const offer = JSON.parse(fs.readFileSync(workshop.bucket.currentFile, 'utf8')) as { version: string };
  return scenario.order === undefined && deployed !== offer.version;
}

/** Starts an agent that kills itself; `at` counts the entries of its journal from 1. */
export function runUntilKilled(
  { workshop, program }: { workshop: Workshop; program: string },
  options: { at: number | string; moment: string; order: string },
): ChildProcess {
  const entries = path.join(workshop.folder, 'entries');
  fs.rmSync(entries, { force: true });
  const log = fs.openSync(path.join(workshop.folder, 'agent.out'), 'w');
  const { at, moment, order } = options;
  const agent = spawn(process.execPath, [program, workshop.configFile, entries, String(at), moment, order], {
    stdio: ['ignore', log, log],
  });
  fs.closeSync(log);
  workshop.agent = agent;
  return agent;
}

/** The entries that the last such agent made, or was about to make. */
export function entriesOf(workshop: Workshop): string[] {
  return fs.readFileSync(path.join(workshop.folder, 'entries'), 'utf8').trim().split('\n');
}

function restore({ workshop, startsFile }: TinyWorkshop, snapshot: string): void {
  fs.copyFileSync(`${workshop.configFile}.first`, workshop.configFile);
  fs.writeFileSync(startsFile, '');
  fs.rmSync(workshop.data, { recursive: true });
  fs.cpSync(snapshot, workshop.data, { recursive: true, verbatimSymlinks: true });
}

/** Ends the agent and everything that it started. */
async function endWithApps(workshop: Workshop): Promise<void> {
  await workshop.end();
}

export async function bundleKilledAgent(): Promise<string> {
  return await bundleAgent(PROGRAM);
}

/**
 * A program that runs an agent, as the product is bundled: started hundreds of times, it must start quickly. It lies where
 * better-sqlite3 is found.
 */
export async function bundleAgent(program: string): Promise<string> {
  const name = path.basename(program, '.ts');
  const folder = path.join(ROOT, '.cache', `${name}-${process.pid}`);
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  const workers = ['unpack-worker.ts', 'permissions-worker.ts'].map((file) =>
    path.join(ROOT, 'src/release', file),
  );
  for (const each of [program, ...workers]) await bundleProgram({ program: each, folder });
  return path.join(folder, `${name}.js`);
}
