import type { ChildProcess } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { App, DeploymentWithSteps } from '../../src/api/index.ts';
import { parseReleaseName } from '../../src/release/index.ts';
import {
  bundleKilledAgent,
  entriesOf,
  hasEnded,
  runUntilKilled,
  tellKillPoints,
  untilEnded,
} from './kill-points.ts';
import { type KillTrial, trialsOf } from './kill-trials.ts';
import { triesAll } from './notes.ts';
import { groupOf } from './run-groups.ts';
import { SiteWorkshop, type Tree } from './site.ts';
import { temporaryFolder } from './temporary.ts';
import { waitFor } from './wait-for.ts';

/** Trials side by side, each lane in a folder of its own: most of a trial is waiting for workers. To make a lane is dear. */
const LANES = triesAll() ? 6 : 3;
const LOOK_MS = 100;
/** Other lanes, and whatever else the machine does: a trial may take long. */
const DEADLINE_MS = 150_000;
const FILES = ['index.html', 'lib/a.txt', 'lib/deep/b.txt'];
const HOOKS = [
  'before.pull',
  'after.pull',
  'before.deploy',
  'after.deploy',
  'deploy.success',
  'deploy.failure',
  'rollback/before',
  'rollback/after',
  'config/before-change',
  'config/after-change',
];

export interface SiteScenario {
  order: 'deploy' | 'rollback' | 'env';
  /** Texts of the releases that are deployed beforehand, and of what is pushed after them. */
  deployed: readonly string[];
  pushed?: string;
  /** What is live where the order came through: its text, its number, and the .env. */
  done: { text: string; number: number; env: string };
  /** The entry (without its app) with which its own begin: those before it are chosen in another scenario. */
  own?: string;
  /** Entries (without their apps) that are chosen in another scenario. */
  elsewhere?: RegExp;
  /** The hooks that the order runs, in their order. */
  hooks: readonly string[];
}

/**
 * Kills the agent of a site at entries of its journal, before the commit and after it, and looks each time what the next
 * agent makes of it: at those that tell most, or at every one (kill-trials.ts). Prints `kill points: N of N`.
 */
export async function killSiteEverywhere(scenario: SiteScenario): Promise<void> {
  const program = await bundleKilledAgent();
  const lanes = await Promise.all(Array.from({ length: LANES }, () => Lane.make(scenario, program)));
  const [first] = lanes;
  const entries = (await first?.enumerate()) ?? [];
  const trials = trialsOf(entries, scenario);
  const left = trials.values();
  let passed = 0;
  await Promise.all(
    lanes.map(async (lane) => {
      for (const trial of left) {
        await lane.try(trial);
        passed++;
      }
    }),
  );
  tellKillPoints(passed, trials.length);
  expect(passed).toBe(trials.length);
  for (const entry of ['queued', 'begins', 'hook', 'workers', 'reload', 'ends succeeded'])
    expect(entries.join('\n'), 'what was tried').toContain(entry);
}

/** A site with hooks, a shared directory, two replicas of a worker and a command to reload, and how it was beforehand. */
class Lane {
  private readonly scenario: SiteScenario;
  private readonly site: SiteWorkshop;
  private readonly program: string;
  private readonly snapshot: string;
  /** What was live beforehand, and its last deployment. */
  private before = { text: '', former: '', number: 0, env: 'GREETING=old\n', deployment: 0 };

  private constructor(scenario: SiteScenario, site: SiteWorkshop, program: string) {
    this.scenario = scenario;
    this.site = site;
    this.program = program;
    this.snapshot = path.join(site.workshop.folder, 'snapshot');
  }

  static async make(scenario: SiteScenario, program: string): Promise<Lane> {
    const folder = temporaryFolder();
    const site = await SiteWorkshop.make({
      folder,
      site: {
        shared: ['vendor'],
        assets: ['assets'],
        keep: 1,
        reload: ['/bin/sh', '-c', `echo reload >> '${path.join(folder, 'webroot/storage/reloads')}'`],
        workers: [
          {
            name: 'queue',
            command: 'sleep 1000000',
            replicas: 2,
            stop: { signal: 'SIGTERM', grace: '5s' },
            restart: { max_delay: '50ms' },
          },
        ],
      },
    });
    const lane = new Lane(scenario, site, program);
    await lane.prepare();
    return lane;
  }

  private async prepare(): Promise<void> {
    const { site, scenario } = this;
    const { workshop, repository } = site;
    await workshop.start();
    for (const text of scenario.deployed) {
      repository.push(treeOf(text));
      fs.mkdirSync(site.root, { recursive: true });
      fs.writeFileSync(site.file('.env'), this.before.env, { mode: 0o640 });
      const { id, state, number } = await site.deploy();
      expect(state).toBe('succeeded');
      this.before = { ...this.before, former: this.before.text, text, number: number ?? 0, deployment: id };
    }
    await this.untilTidy('it to be at rest', () => this.isTidy());
    if (scenario.pushed !== undefined) repository.push(treeOf(scenario.pushed));
    await workshop.end();
    for (const log of ['hooks', 'reloads']) fs.rmSync(site.file('storage', log), { force: true });
    fs.mkdirSync(this.snapshot);
    execFileSync('cp', ['-a', workshop.data, site.root, this.snapshot]);
  }

  /** All entries of a run in which nothing is killed, as many as it takes to come to rest. */
  async enumerate(): Promise<string[]> {
    const { workshop } = this.site;
    const agent = this.run({ at: 1_000_000, moment: 'after' });
    await this.untilTidy('the undisturbed run to come to rest', async () => {
      if (hasEnded(agent)) throw new Error(`it ended: ${workshop.agentOutput()}`);
      return await this.isDone();
    });
    await this.expectWhole('nowhere');
    expect(await this.isDone()).toBe(true);
    const entries = entriesOf(workshop);
    await workshop.end();
    return entries;
  }

  async try({ at, moment }: Omit<KillTrial, 'entry'>): Promise<void> {
    const { workshop, root } = this.site;
    for (const folder of [workshop.data, root]) {
      fs.rmSync(folder, { recursive: true });
      execFileSync('cp', ['-a', path.join(this.snapshot, path.basename(folder)), folder]);
    }
    const killed = this.run({ at, moment });
    let looks = 0;
    // That it came to rest is the exception, and asking for it costs the agent.
    const hasComeToRest = async () => ++looks % 25 === 0 && (await this.isDone().catch(() => false));
    await untilEnded(workshop, killed, {
      what: `the agent to be killed ${moment} entry ${at}`,
      orWhen: hasComeToRest,
    });
    // Which entries there are depends on the moment at which processes end: one may come to rest before its last.
    await workshop.kill();
    const name = `killed ${moment} "${entriesOf(workshop).at(-1)}" (entry ${at})`;
    expect(killed.signalCode, `the agent is ${name}`).toBe('SIGKILL');
    await workshop.start();
    await this.expectWhole(name);
    await workshop.end();
  }

  private run(options: { at: number; moment: string }): ChildProcess {
    const { workshop } = this.site;
    fs.rmSync(path.join(workshop.folder, 'entries'), { force: true });
    return runUntilKilled({ workshop, program: this.program }, { ...options, order: this.scenario.order });
  }

  private async isDone(): Promise<boolean> {
    const last = await this.site.workshop.lastDeployment();
    if (last?.id === this.before.deployment + 1 && last.ended_at !== null) return await this.isTidy();
    throw new Error(JSON.stringify(last));
  }

  /** Looked at less often, for what the agents do costs as much as the looking. */
  private async untilTidy(what: string, condition: () => Promise<boolean>): Promise<void> {
    await waitFor(what, condition, {
      deadlineMs: DEADLINE_MS,
      atMostMs: 4 * DEADLINE_MS,
      intervalMs: LOOK_MS,
    });
  }

  /** The deployment has ended, workers run, and what is no longer needed is gone. */
  private async isTidy(): Promise<boolean> {
    const { workshop, root } = this.site;
    const client = await workshop.client();
    const { state, deployment } = await workshop.app();
    if (state !== 'running' || deployment !== null)
      throw new Error(`${state}, deployment ${deployment}: ${workshop.agentOutput().slice(-2000)}`);
    const known = (await client.releases({ app: 'shop' })).map(({ directory }) => path.basename(directory));
    const there = fs.readdirSync(path.join(root, 'release'));
    const isKnown = there.every((name) => parseReleaseName(name) !== null && known.includes(name));
    const waiting = ['env/shop', 'output'].flatMap((name) => namesIn(path.join(workshop.data, name)));
    const runs = namesIn(path.join(workshop.data, 'run')).filter((name) =>
      /^shop\.(hook|reload)-/.test(name),
    );
    const leftOver = [...waiting, ...runs, ...this.gitProcesses()];
    if (isKnown && there.length === known.length && leftOver.length === 0) return true;
    throw new Error(JSON.stringify({ there, known, leftOver }));
  }

  /** Also those of an agent that is dead. */
  private gitProcesses(): number[] {
    const groups = groupOf(this.site.workshop.data)?.children() ?? [];
    return groups.filter(({ name }) => name.startsWith('git-')).flatMap((group) => group.pids());
  }

  private async expectWhole(name: string): Promise<void> {
    const { site, before, scenario } = this;
    const { workshop } = site;
    await this.untilTidy(`a site at rest, ${name}`, () => this.isTidy());
    const app = await workshop.app();
    const last = await workshop.lastDeployment();
    // Before the order was journalled it is lost; after that it is carried out.
    const isDone = last?.id !== before.deployment;
    const wanted = isDone ? scenario.done : before;
    const context = `${name}\n${workshop.agentOutput().slice(-3000)}`;
    expect(last?.state, context).toBe('succeeded');
    this.expectLive(app, wanted, context);
    this.expectAssets(wanted.text, context);
    this.expectOnce(last, isDone, context);
    await this.expectProcesses(app, context);
  }

  private expectLive(app: App, wanted: SiteScenario['done'], context: string): void {
    const { site } = this;
    const { text, number, env } = wanted;
    const directory = path.join(site.root, fs.readlinkSync(site.file('current')));
    expect(parseReleaseName(path.basename(directory))?.number, `number live, ${context}`).toBe(number);
    expect(app.live?.number, `live by the journal, ${context}`).toBe(number);
    for (const file of FILES) expect(site.served(file), `${file}, ${context}`).toBe(text);
    expect(site.served('REVISION').trim(), `REVISION, ${context}`).toBe(app.live?.commit);
    expect(fs.readlinkSync(site.file('current/vendor')), `shared link, ${context}`).toBe('../../vendor');
    for (const file of [site.file('.env'), site.file('current/.env')]) {
      expect(fs.readFileSync(file, 'utf8'), `${file}, ${context}`).toBe(env);
      expect(fs.statSync(file).mode & 0o777, `mode of ${file}, ${context}`).toBe(0o640);
    }
    expect(fs.readdirSync(site.root).toSorted(), `root, ${context}`).toEqual(
      ['.env', 'current', 'logs', 'release', 'storage', 'vendor'].toSorted(),
    );
  }

  /** Its own, and those of what was live before it. */
  private expectAssets(text: string, context: string): void {
    const { before, site } = this;
    const former = text === before.text ? before.former : before.text;
    const names = [text, former].filter((each) => each !== '').map((each) => `app.${each}.js`);
    const there = fs.readdirSync(site.file('current/assets')).toSorted();
    expect(there, `assets, ${context}`).toEqual(names.toSorted());
  }

  private expectOnce(last: DeploymentWithSteps | null, isDone: boolean, context: string): void {
    const { site, scenario } = this;
    const ran = linesOf(site.file('storage/hooks'));
    expect(ran, `hooks, ${context}`).toEqual(isDone ? scenario.hooks : []);
    expect(linesOf(site.file('storage/reloads')), `reloads, ${context}`).toEqual(isDone ? ['reload'] : []);
    if (!isDone) return;
    const failed = last?.steps.filter(({ state }) => state !== 'succeeded' && state !== 'skipped');
    expect(failed, `steps, ${context}`).toEqual([]);
  }

  private async expectProcesses(app: App, context: string): Promise<void> {
    const { workshop, root } = this.site;
    const pids = workshop.processes().map(({ pid }) => pid);
    expect(app.instances.length, context).toBe(2);
    expect(pids.toSorted(byNumber), `processes, ${context}`).toEqual(
      app.instances.map(({ pid }) => pid ?? 0).toSorted(byNumber),
    );
    const live = fs.realpathSync(path.join(root, 'current'));
    for (const pid of pids) expect(fs.readlinkSync(`/proc/${pid}/cwd`), `worker, ${context}`).toBe(live);
  }
}

function treeOf(text: string): Tree {
  const hook = 'echo "$TARGET_HOOK" >> "$STORAGE_DIRECTORY/hooks"\n';
  return {
    ...Object.fromEntries(FILES.map((file) => [file, text])),
    assets: null,
    [`assets/app.${text}.js`]: text,
    ...Object.fromEntries(HOOKS.map((name) => [`.slipway/${name}`, hook])),
  };
}

function namesIn(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

function linesOf(file: string): string[] {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n') : [];
}

const byNumber = (a: number, b: number) => a - b;
