import path from 'node:path';
import type { Certificate } from '../../api/index.ts';
import type { Configuration } from '../../config/index.ts';
import { type Clock, messageOf, unawaited } from '../../kernel/index.ts';
import { FILES, ProxyControl, type ProxyDescription, ProxyFolder } from '../../proxy/index.ts';
import {
  type Instance,
  type InstanceState,
  type InstanceStateName,
  type RotationSchedule,
  type Run,
  type RunExit,
  type Runs,
} from '../../supervisor/index.ts';
import { certificateStates, certificateWarnings } from './certificate-states.ts';
import { type ReadCertificates, readCertificates } from './certificates.ts';
import { Challenges } from './challenges.ts';
import { ClosedApps } from './closed.ts';
import { configure, presentDescription } from './configured.ts';
import { describeProxy, serversOfSites } from './describe.ts';
import { Destinations } from './destinations.ts';
import { plainPage, readPages } from './pages.ts';
import { proxyInstance } from './process.ts';
import { Renewals } from './renewals.ts';

const REFRESH_MS = 30_000;
/** What it goes through in between takes a moment. */
const TOLD = ['stopped', 'backoff', 'failed'];
const LOG_LIMITS = { maxSizeBytes: 64 * 1024 * 1024, keep: 5 };

export interface FrontOptions {
  runs: Runs;
  clock: Clock;
  rotation: RotationSchedule;
  dataDirectory: string;
  logsDirectory: string;
  say: (message: string) => void;
  /** Of an app: its certificates. */
  tell: (event: { app: string; type: string; message: string }) => void;
}

/**
 * What stands in front of the apps: a HAProxy that is kept running as an instance is, and outlives the agent, with what is
 * configured.
 */
export class Front {
  private readonly options: FrontOptions;
  private readonly folder: ProxyFolder;
  private readonly control: ProxyControl;
  private readonly instance: Instance;
  private readonly logs: { stdout: string; stderr: string };
  private readonly closed: ClosedApps;
  readonly destinations: Destinations;
  readonly renewals: Renewals;
  private readonly challenges: Challenges;
  private description: ProxyDescription | null = null;
  private configuration: Configuration | null = null;
  private named: ReadCertificates = { held: [], problems: [] };
  private problems: string[] = [];
  /** One thing after the other is told to HAProxy, in the order in which it happened. */
  private turn: Promise<void> = Promise.resolve();
  private cancelRefresh: () => void = () => undefined;
  private detached = false;

  constructor(options: FrontOptions) {
    this.options = options;
    this.folder = new ProxyFolder(path.join(options.dataDirectory, 'proxy'));
    this.control = new ProxyControl(this.folder);
    this.closed = new ClosedApps(this.folder);
    const logs = path.join(options.logsDirectory, 'proxy');
    this.logs = { stdout: path.join(logs, 'access.log'), stderr: path.join(logs, 'proxy.log') };
    const { runs, clock } = options;
    const described = () => this.description;
    this.instance = proxyInstance({ runs, clock, folder: this.folder, logs: this.logs, described });
    this.destinations = new Destinations({
      ...{ folder: this.folder, control: this.control, clock, described, say: options.say },
      isRunning: () => this.instance.run !== null,
      inTurn: (work) => this.inTurn(work),
      told: () => this.turn,
      describeAnew: async () => {
        if (this.configuration !== null) await this.put(this.configuration);
      },
    });
    this.challenges = new Challenges(this.folder, this.control);
    this.renewals = new Renewals({
      directory: path.join(options.dataDirectory, 'acme'),
      ...{ clock, tell: options.tell },
      answer: (contents) => this.setChallenges(contents),
      renewed: () => this.lookAnew(),
      whyDeaf: () => this.whyDeaf(),
    });
    this.instance.transitioned.on((change) => this.onChange(change));
    this.instance.ended.on(({ run, reason, unexpected }) => {
      if (unexpected) options.say(`HAProxy (pid ${run.pid}) ended unexpectedly: ${reason}`);
    });
  }

  /** The log of requests. */
  get accessLog(): string {
    return this.logs.stdout;
  }

  /** What keeps requests from their apps, in sentences. */
  get warnings(): string[] {
    if (this.description === null && this.problems.length === 0) return [];
    const { stateName, reason } = this.instance;
    const isUp = ['ready', 'starting'].includes(stateName) || this.problems.length > 0;
    return [
      ...[...this.problems, ...(isUp ? [] : [`HAProxy does not run: ${reason}`])].map(
        (problem) => `proxy: ${problem}`,
      ),
      ...certificateWarnings(this.certificates()),
    ];
  }

  /** What becomes of HAProxy; null where none is configured. */
  get status(): { state: InstanceStateName; pid: number | null; reason: string } | null {
    if (this.configuration === null || this.configuration.proxy === null) return null;
    const { stateName, run, reason } = this.instance;
    return { state: stateName, pid: run?.pid ?? null, reason };
  }

  /** Those of files and those that are ordered. */
  certificates(): Certificate[] {
    return certificateStates({
      files: this.configuration?.proxy?.certificates ?? [],
      read: this.named,
      groups: this.renewals.states(),
      nowMs: this.options.clock.now(),
    });
  }

  /** Whether the app's requests come through it. */
  isBefore(app: string): boolean {
    const { proxy, apps } = this.configuration ?? { proxy: null, apps: [] };
    const found = apps.find(({ id }) => id === app);
    return proxy !== null && found !== undefined && found.domains.length > 0;
  }

  isInMaintenance(app: string): boolean {
    return this.isBefore(app) && this.closed.has(app);
  }

  /**
   * Written down first: a HAProxy that is started reads it, and one that runs is compared with it.
   * @throws SlipwayError `proxy_unreachable`, `proxy_refused` where the one that runs does not take it; or where it cannot be written down
   */
  async setMaintenance(app: string, on: boolean): Promise<void> {
    this.closed.set(app, on);
    const told = this.turn.then(() => (this.detached ? undefined : this.tellMaintenance()));
    this.turn = told.catch(() => undefined);
    await told;
  }

  /** A HAProxy that answers otherwise is no success. */
  private async setChallenges(contents: ReadonlyMap<string, string>): Promise<void> {
    this.challenges.set(contents);
    const told = this.turn.then(() => (this.detached ? undefined : this.tellChallenges()));
    this.turn = told.catch(() => undefined);
    await told;
  }

  /** Why an authority that asks would get no answer; null where it does. */
  private whyDeaf(): string | null {
    const { stateName, reason } = this.instance;
    if (this.description?.challenges !== true)
      return this.problems[0] ?? 'HAProxy has not its configuration yet';
    return stateName === 'ready' ? null : `HAProxy is ${stateName}: ${reason}`;
  }

  /** Before any app: what an earlier agent has left is taken over, so that it can be told what becomes of them. */
  adopt(found: readonly { run: Run; exit: RunExit | null }[]): void {
    const living = found.find(({ exit }) => exit === null) ?? found.at(-1);
    for (const each of found) if (each !== living) this.options.runs.forget(each.run.id);
    if (living === undefined) return;
    // As an earlier agent has left it: the configuration is looked at when the apps are here.
    this.description = presentDescription(this.folder);
    this.destinations.recall(this.description);
    this.instance.adopt(living.run, { wanted: { ...WANTED, generation: 0 }, stderrFrom: null });
  }

  /** Puts a configuration in force. It never fails: what is wrong is told, and what ran goes on. */
  async apply(configuration: Configuration): Promise<void> {
    this.configuration = configuration;
    await this.inTurn(() => this.put(configuration));
  }

  detach(): void {
    this.detached = true;
    this.destinations.detach();
    this.cancelRefresh();
    this.renewals.detach();
    this.instance.detach();
  }

  /** Ends it, once the apps have ended. */
  async stop(reason: string): Promise<void> {
    this.cancelRefresh();
    this.renewals.detach();
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (this.instance.stateName === 'stopped') resolve();
    };
    this.instance.transitioned.on(look);
    this.instance.want({ ...WANTED, running: false }, reason);
    look();
    await promise;
  }

  private async put(configuration: Configuration): Promise<void> {
    const { rotation } = this.options;
    this.cancelRefresh();
    const named = readCertificates(configuration.proxy?.certificates ?? []);
    this.named = named;
    const files = this.renewals.follow(
      configuration,
      named.held.map(({ validity }) => validity),
    );
    const issued = readCertificates(files);
    const certificates = [...named.held, ...issued.held];
    const pages = readPages(configuration);
    const problems = [...named.problems, ...issued.problems, ...pages.problems];
    const next = describeProxy(configuration, {
      ...{ certificates, pages: pages.held },
      portOf: (server) => this.destinations.portInUse(server),
    });
    if (next === null) {
      this.description = null;
      this.tellProblems([]);
      for (const file of Object.values(this.logs)) rotation.remove(file);
      this.instance.want({ ...WANTED, running: false }, 'no proxy is configured');
      return;
    }
    for (const file of Object.values(this.logs)) rotation.add(file, LOG_LIMITS);
    this.cancelRefresh = this.options.clock.after(REFRESH_MS, () => this.refresh());
    const { run } = this.instance;
    try {
      this.folder.prepare();
      // Nobody tells of a web server of a site: HAProxy asks it itself.
      this.destinations.alwaysReady(serversOfSites(configuration));
      this.destinations.write(next);
      const done = await configure(next, {
        ...{ folder: this.folder, control: this.control, isRunning: run !== null },
        files: [...certificates, ...pages.held.values(), plainPage],
      });
      this.description = next;
      if (done === 'reloaded' && run !== null) this.options.say('HAProxy was given its new configuration');
      if (run !== null) await this.compare();
    } catch (error) {
      problems.push(messageOf(error));
    }
    this.tellProblems(problems);
    // What it had before goes on where the new one was refused.
    if (this.folder.read(FILES.configuration) !== null)
      this.instance.want(WANTED, 'the configuration has a proxy');
    this.renewals.look();
  }

  /** Certificates may have been replaced, and a package installed. */
  private refresh(): void {
    unawaited(this.lookAnew(), 'the look at certificates');
  }

  private async lookAnew(): Promise<void> {
    const { configuration } = this;
    if (this.detached || configuration === null) return;
    await this.inTurn(() => this.put(configuration));
  }

  private onChange({ before, after }: { before: InstanceState; after: InstanceState }): void {
    if (before.phase.name === after.phase.name) return;
    const { stateName } = this.instance;
    if (TOLD.includes(stateName)) this.options.say(`HAProxy is ${stateName}: ${after.reason}`);
    if (stateName !== 'ready') return;
    this.options.say(`HAProxy runs (pid ${this.instance.run?.pid})`);
    unawaited(
      this.inTurn(() => this.compare()).then(() => this.renewals.look()),
      'the comparison of states',
    );
  }

  /** What it believes of slots and what is so may differ after a death of either. */
  private async compare(): Promise<void> {
    await this.tellMaintenance();
    await this.tellChallenges();
    await this.destinations.compare();
  }

  private async tellMaintenance(): Promise<void> {
    // It knows the list where an app is there that could be in it.
    if (this.instance.run !== null && (this.description?.apps.length ?? 0) > 0)
      await this.control.setMaintenance(this.closed.all());
  }

  private async tellChallenges(): Promise<void> {
    if (this.description?.challenges === true)
      await this.challenges.tell({ isRunning: this.instance.run !== null });
  }

  private tellProblems(problems: string[]): void {
    for (const problem of problems)
      if (!this.problems.includes(problem)) this.options.say(`proxy: ${problem}`);
    this.problems = problems;
  }

  private async inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.turn.then(() => (this.detached ? undefined : work()));
    this.turn = done.catch((error: unknown) => {
      // It is told all there is to know when it is ready the next time.
      this.options.say(`proxy: ${messageOf(error)}`);
    });
    await this.turn;
  }
}

const WANTED = { running: true, release: 1, generation: 0 };
