import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Certificate } from '../../api/index.ts';
import type { App } from '../../app/index.ts';
import type { Configuration } from '../../config/index.ts';
import type { TrafficShare } from '../../deployment/index.ts';
import { type Clock, messageOf, sleep, unawaited } from '../../kernel/index.ts';
import {
  FILES,
  type ProxyApp,
  ProxyControl,
  type ProxyDescription,
  ProxyFolder,
  parseServerStates,
  type Share,
  type SlotState,
  serverOf,
  stateFile,
} from '../../proxy/index.ts';
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
import { plainPage, readPages } from './pages.ts';
import { proxyInstance } from './process.ts';
import { Renewals } from './renewals.ts';
import { Shares } from './shares.ts';

const DRAIN_LOOK_MS = 20;
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
 * What stands in front of the apps: a HAProxy that is kept running as an instance is, and outlives the agent. It is told who
 * is ready, and who is about to go, before he goes.
 */
export class Front {
  private readonly options: FrontOptions;
  private readonly folder: ProxyFolder;
  private readonly control: ProxyControl;
  private readonly instance: Instance;
  private readonly logs: { stdout: string; stderr: string };
  private readonly states = new Map<string, SlotState>();
  /** Where the process listens that was ready in a slot last, by `<backend>/<slot>`. */
  private readonly ports = new Map<string, number>();
  private readonly closed: ClosedApps;
  private readonly shares: Shares;
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
    this.shares = new Shares(this.folder);
    const logs = path.join(options.logsDirectory, 'proxy');
    this.logs = { stdout: path.join(logs, 'access.log'), stderr: path.join(logs, 'proxy.log') };
    const { runs, clock } = options;
    const described = () => this.description;
    this.instance = proxyInstance({ runs, clock, folder: this.folder, logs: this.logs, described });
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
    for (const [server, state] of parseServerStates(this.folder.read(FILES.states) ?? ''))
      this.states.set(server, state);
    for (const { id, slots } of this.description?.apps ?? [])
      for (const { name, port } of slots) this.ports.set(serverOf(id, name), port);
    this.instance.adopt(living.run, { wanted: { ...WANTED, generation: 0 }, stderrFrom: null });
  }

  /** Puts a configuration in force. It never fails: what is wrong is told, and what ran goes on. */
  async apply(configuration: Configuration): Promise<void> {
    this.configuration = configuration;
    await this.inTurn(() => this.put(configuration));
  }

  /** An app is here from now on: whoever of its instances is ready is sent to. */
  follow(app: App): void {
    const { id } = app.context;
    app.instances.transitioned.on(({ unit, slot, after }) => {
      const server = serverOf(id, slot);
      const state = this.slotState(server, after);
      if (state === this.states.get(server)) return;
      const port = app.instances.get(unit)?.portOfRun ?? null;
      if (state === 'ready' && port !== null) this.bringPort(server, port);
      this.tellSoon(id, slot, state);
    });
  }

  /** A process listens where the configuration had it when it was started: HAProxy has to find it there. */
  private bringPort(server: string, port: number): void {
    const { configuration } = this;
    this.ports.set(server, port);
    if (configuration === null || this.portOf(server) === port) return;
    this.states.set(server, 'ready');
    unawaited(
      this.inTurn(() => this.put(configuration)),
      `port ${port} of ${server} in HAProxy`,
    );
  }

  /** The one that HAProxy has; null where it does not know the slot. */
  private portOf(server: string): number | null {
    for (const { id, slots } of this.description?.apps ?? [])
      for (const { name, port } of slots) if (serverOf(id, name) === server) return port;
    return null;
  }

  /**
   * Resolves when no request is with who has the slot any more, or was there for as long as it may: nobody is sent to it from
   * now on. `isBroken`: nobody waits for its answers.
   */
  async withdraw(app: string, slot: string, { isBroken }: { isBroken: boolean }): Promise<void> {
    const described = this.description?.apps.find(({ id }) => id === app);
    if (!described) return;
    this.tellSoon(app, slot, 'maintenance');
    await this.turn;
    const { clock } = this.options;
    const until = clock.monotonicMs() + (isBroken ? 0 : described.drainMs);
    while (clock.monotonicMs() < until && !this.detached) {
      const inFlight = await this.control.inFlight(app, slot).catch(() => 0);
      if (inFlight === 0) return;
      await sleep(DRAIN_LOOK_MS, { clock });
    }
  }

  /**
   * Gives a new release a share of the requests, or ends that. A slot is on trial only while its share is known: by its name alone
   * nobody is sent to it then.
   */
  async share(app: string, share: TrafficShare | null): Promise<void> {
    const next = share && { app, ...share };
    if (next === null && this.shares.get(app) === null && !this.isAnyOnTrial(app)) return;
    if (next !== null) await this.putShare(app, next);
    const trials = new Set(share?.instances.map(({ trial }) => trial));
    for (const { name } of this.slotsOf(app)) {
      const isOnTrial = this.states.get(serverOf(app, name)) === 'trial';
      if (isOnTrial !== trials.has(name)) this.tellSoon(app, name, isOnTrial ? 'maintenance' : 'trial');
    }
    await this.turn;
    if (next === null) await this.putShare(app, next);
  }

  private async putShare(app: string, share: Share | null): Promise<void> {
    if (isDeepStrictEqual(this.shares.get(app), share)) return;
    try {
      this.shares.set(app, share);
    } catch (error) {
      if (share !== null) throw error;
      // Whoever runs is told all the same: no disk is so full that a share goes on.
      this.options.say(`proxy: ${FILES.shares} was not written: ${messageOf(error)}`);
    }
    await this.inTurn(() => this.tellShares());
  }

  private isAnyOnTrial(app: string): boolean {
    return this.slotsOf(app).some(({ name }) => this.states.get(serverOf(app, name)) === 'trial');
  }

  private slotsOf(app: string): ProxyApp['slots'] {
    return this.description?.apps.find(({ id }) => id === app)?.slots ?? [];
  }

  private async tellShares(): Promise<void> {
    // It knows the map where an app is there that could be in it.
    if (this.instance.run !== null && this.description?.apps.some(({ canary }) => canary))
      await this.control.setShares(this.shares.all());
  }

  detach(): void {
    this.detached = true;
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
      // Of a process that was started with another port: the configuration has one that its successor gets.
      portOf: (server) => (this.states.get(server) === 'ready' ? (this.ports.get(server) ?? null) : null),
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
      for (const server of serversOfSites(configuration)) this.states.set(server, 'ready');
      this.writeStates(next);
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
    await this.tellShares();
    const found = await this.control.states();
    for (const { id, slots } of this.description?.apps ?? [])
      for (const { name } of slots) {
        const server = serverOf(id, name);
        const state = this.states.get(server) ?? 'maintenance';
        if (found.get(server) !== state) await this.control.setState(id, name, state);
      }
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

  private tellSoon(app: string, slot: string, state: SlotState): void {
    this.states.set(serverOf(app, slot), state);
    const { description } = this;
    if (!description?.apps.some(({ id, slots }) => id === app && slots.some(({ name }) => name === slot)))
      return;
    unawaited(
      this.inTurn(async () => {
        // A HAProxy that dies in between must not come up sending to somebody who goes. One that runs is told on a full disk, too.
        const isWritten = state === 'maintenance' ? this.attempt(() => this.writeStates(description)) : false;
        if (this.instance.run !== null) await this.control.setState(app, slot, state);
        if (!isWritten) this.writeStates(this.description ?? description);
      }),
      `${app}/${slot} in HAProxy`,
    );
  }

  /** One that does not answer for a moment is HAProxy's own to find: it asks more often. */
  private slotState(server: string, { phase }: InstanceState): SlotState {
    // Found running by a new agent: it is what it was.
    if (phase.name === 'starting' && phase.mayServe) return this.states.get(server) ?? 'ready';
    return ['ready', 'unready'].includes(phase.name) ? 'ready' : 'maintenance';
  }

  private attempt(work: () => void): boolean {
    try {
      work();
      return true;
    } catch {
      // It is tried again afterwards, and says why.
      return false;
    }
  }

  private writeStates({ apps }: ProxyDescription): void {
    this.folder.write(FILES.states, stateFile(apps, this.states));
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
