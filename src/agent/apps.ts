import type { PlannedChange } from '../api/index.ts';
import { type App, startInTurn, stopInTurn } from '../app/index.ts';
import {
  type AppChange,
  type AppConfiguration,
  type Configuration,
  changedApps,
  type WaitingApp,
} from '../config/index.ts';
import type { Forwards } from '../forward/index.ts';
import type { AppKey } from '../journal/index.ts';
import { messageOf, SlipwayError, unawaited } from '../kernel/index.ts';
import { endIdleEpmd } from '../service/index.ts';
import { Site } from '../site/index.ts';
import {
  ListeningWatch,
  logFiles,
  type RotationSchedule,
  type Run,
  type RunExit,
} from '../supervisor/index.ts';
import { accountOf, type Ground, handedOn, makeApp, sourceOf } from './app-parts.ts';
import { forwardedOf } from './forwarded.ts';
import { isAnother, plannedChange } from './planned-change.ts';
import { Front, PROXY_RUNS, TrafficWatch } from './proxy/index.ts';

type Found = { run: Run; exit: RunExit | null };

export interface AppsOptions extends Omit<Ground, 'inForce' | 'find' | 'front' | 'traffic'> {
  rotation: RotationSchedule;
  forwards: Forwards;
  /** Why an app waits, in words. */
  whyWaiting: (id: string) => string;
}

/** How an app that is no longer configured is stopped: what it was configured to is not known any more. */
const DEFAULT_STOP = { signal: 'SIGTERM', graceMs: 10_000, to: null } as const;

/** The apps of this host, as the configuration in force says. */
export class Apps {
  private readonly options: AppsOptions;
  private readonly apps = new Map<string, App>();
  private readonly listening: ListeningWatch;
  readonly front: Front;
  readonly traffic: TrafficWatch;
  private configuration: Configuration;
  /** Apps that wait whose processes an earlier agent has left: they run on. */
  private readonly leftAlone = new Set<string>();

  constructor(configuration: Configuration, options: AppsOptions) {
    this.configuration = configuration;
    this.options = options;
    this.front = new Front({
      ...options,
      dataDirectory: configuration.dataDirectory,
      logsDirectory: configuration.logsDirectory,
      say: (message) => options.log({ app: null, type: 'proxy', message }),
      tell: options.log,
    });
    this.traffic = new TrafficWatch({
      clock: options.clock,
      file: this.front.accessLog,
      isOn: () => this.configuration.proxy !== null,
      say: (message) => options.log({ app: null, type: 'proxy', message }),
    });
    this.listening = new ListeningWatch({
      clock: options.clock,
      instances: () => this.all().flatMap(({ instances }) => instances.all()),
    });
  }

  get inForce(): Configuration {
    return this.configuration;
  }

  all(): App[] {
    return [...this.apps.values()];
  }

  /** Finds an app by its id, or by its name where that is clear. */
  find(text: string): App {
    const exact = this.apps.get(text);
    if (exact) return exact;
    const waiting = this.waiting().find(({ id, name }) => text === id || text === name);
    if (waiting) throw this.waits(waiting);
    const named = this.all().filter((app) => app.context.key.name === text);
    if (named.length === 1 && named[0]) return named[0];
    const known = this.all().map((app) => app.context.id);
    if (named.length > 1)
      throw new SlipwayError('app_ambiguous', {
        message: `"${text}" is ${named.map((app) => app.context.id).join(' or ')}`,
        hint: 'say which',
      });
    throw new SlipwayError('app_unknown', {
      message: `there is no app "${text}"`,
      hint: known.length > 0 ? `there is: ${known.join(', ')}` : 'no app is configured',
      next: 'slipway status',
    });
  }

  /** Those of which a secret is not known, and that are not here at all. */
  waiting(): WaitingApp[] {
    return this.configuration.waiting.filter(({ id }) => !this.apps.has(id));
  }

  /** One that waits, by its id or its name. */
  findWaiting(text: string): (WaitingApp & { reason: string }) | null {
    if (this.apps.has(text)) return null;
    const found = this.waiting().find(({ id, name }) => text === id || text === name);
    return found ? { ...found, reason: this.options.whyWaiting(found.id) } : null;
  }

  /** Whose history is asked for: it can be looked at of one that waits, too. */
  known(text: string): { id: string; key: AppKey } {
    const waiting = this.findWaiting(text);
    if (waiting === null) return this.find(text).context;
    const { id, name, environment } = waiting;
    return { id, key: { name, environment } };
  }

  private waits({ id }: WaitingApp): SlipwayError {
    return new SlipwayError('secret_unknown', {
      message: `${id} cannot be worked with: ${this.options.whyWaiting(id)}`,
      hint: 'nothing was changed; it starts by itself as soon as all it waits for is known',
      next: 'slipway doctor',
    });
  }

  /**
   * @throws SlipwayError `app_unknown`, `app_ambiguous`; `usage` where it is a service
   */
  findSite(text: string, what: string): Site {
    const app = this.find(text);
    if (app instanceof Site) return app;
    const { id } = app.context;
    throw new SlipwayError('usage', {
      message: `${id} is a service, and ${what} is for sites`,
      hint: 'nothing was changed',
      next: 'slipway config show',
    });
  }

  /** Adopts what runs, side by side, and ends what belongs to no configured app. */
  async start(): Promise<void> {
    const found = Map.groupBy(await this.options.runs.found(), ({ run }) => run.app);
    this.front.adopt(found.get(PROXY_RUNS) ?? []);
    found.delete(PROXY_RUNS);
    await Promise.all(
      this.configuration.apps.map(async (app) => {
        await this.add(app, found.get(app.id) ?? []);
        found.delete(app.id);
      }),
    );
    for (const { id } of this.waiting()) if (found.delete(id)) this.leftAlone.add(id);
    // No app waits for it.
    unawaited(this.front.apply(this.configuration), 'the proxy');
    this.startInTurn(this.all());
    for (const [id, runs] of found) this.endUnconfigured(id, runs);
    this.listening.start();
    this.traffic.start();
  }

  /**
   * Puts a new configuration in force; only what a change concerns is restarted. An app that waits for a secret, and is here,
   * goes on as it was. `followed`: one that looks at itself anew whatever has changed.
   * @throws what kept an app from being followed, when all others were; it is tried again with the next configuration
   */
  async apply(asked: Configuration, followed: string | null = null): Promise<string[]> {
    const next = { ...asked, apps: [...asked.apps, ...this.former(asked)] };
    const changes = changedApps(this.configuration, next);
    const waited = this.waiting().map(({ id }) => id);
    const told: string[] = [];
    const failures: unknown[] = [];
    const former = this.configuration.apps;
    const before = this.all();
    if (JSON.stringify(next.proxy) !== JSON.stringify(this.configuration.proxy))
      told.push(`proxy: ${next.proxy === null ? 'removed' : 'changed, no connection is lost'}`);
    this.configuration = next;
    await this.endLeftAlone();
    for (const [id, change] of Object.entries(changes)) {
      const app = next.apps.find((each) => each.id === id);
      try {
        await this.follow(id, change, { app, isFollowed: id === followed });
      } catch (error) {
        failures.push(error);
        const isNew = change === 'added' || (typeof change === 'object' && isAnother(change.changed));
        this.takeBack(id, isNew ? null : (former.find((each) => each.id === id) ?? null));
        continue;
      }
      if (change === 'unchanged') continue;
      told.push(
        change === 'added' && waited.includes(id)
          ? `${id}: its secrets are known, it starts`
          : describeChange(id, change),
      );
    }
    this.startInTurn(this.all().filter((app) => !before.includes(app)));
    await this.front.apply(this.configuration);
    if (failures.length > 0) throw failures[0];
    return told;
  }

  /** What `apply` would do to the apps; nothing is changed. */
  plan(asked: Configuration): PlannedChange[] {
    const next = { ...asked, apps: [...asked.apps, ...this.former(asked)] };
    return Object.entries(changedApps(this.configuration, next)).flatMap(([id, change]) => {
      if (change === 'unchanged') return [];
      const configured = next.apps.find((each) => each.id === id) ?? null;
      return plannedChange(id, change, { app: this.apps.get(id) ?? null, next: configured });
    });
  }

  private async follow(
    id: string,
    change: AppChange,
    { app, isFollowed }: { app: AppConfiguration | undefined; isFollowed: boolean },
  ): Promise<void> {
    if (change === 'unchanged') {
      if (isFollowed) await this.apps.get(id)?.reconfigured({ sourceReplaced: false });
    } else if (change === 'removed') await this.remove(id);
    else if (app && change !== 'added' && !isAnother(change.changed)) await this.change(app, change.changed);
    else if (app) {
      // It is another app under the same id: of another kind or place, or `prod` for `production`, whose key in the
      // journal differs.
      await this.remove(id);
      await this.add(app, await this.leftBy(id));
    }
  }

  /** So that the next configuration finds it new, or changed, once more. `former`: null where it was begun with. */
  private takeBack(id: string, former: AppConfiguration | null): void {
    const app = this.apps.get(id);
    if (former === null && app) {
      this.apps.delete(id);
      this.traffic.forget(id);
      for (const file of logsOf(app)) this.options.rotation.remove(file);
      app.detach();
      this.leftAlone.add(id);
      unawaited(this.options.forwards.remove(id), `the end of forwarding ${id}`);
    }
    const others = this.configuration.apps.filter((each) => each.id !== id);
    this.configuration = { ...this.configuration, apps: former === null ? others : [...others, former] };
  }

  /** Configurations of apps that are here, and of whose new ones a secret is not known. */
  private former({ waiting }: Configuration): AppConfiguration[] {
    return this.configuration.apps.filter(({ id }) => waiting.some((each) => each.id === id));
  }

  /** What an earlier agent left of an app that waited until now. */
  private async leftBy(id: string): Promise<Found[]> {
    if (!this.leftAlone.delete(id)) return [];
    return (await this.options.runs.found()).filter(({ run }) => run.app === id);
  }

  private async endLeftAlone(): Promise<void> {
    const { apps, waiting } = this.configuration;
    for (const id of this.leftAlone)
      if (![...apps, ...waiting].some((each) => each.id === id))
        this.endUnconfigured(id, await this.leftBy(id));
  }

  detach(): void {
    this.listening.stop();
    this.traffic.stop();
    this.front.detach();
    for (const app of this.all()) app.detach();
  }

  async stopAll(): Promise<void> {
    this.listening.stop();
    this.traffic.stop();
    const reason = 'the agent was told to end its apps';
    await stopInTurn(this.all(), reason);
    await this.front.stop(reason);
    await endIdleEpmd(this.options);
  }

  /** All that are started together are there by now: those that come after others wait for them. */
  private startInTurn(apps: readonly App[]): void {
    for (const app of apps)
      unawaited(
        startInTurn(app, (id) => this.apps.get(id) ?? null),
        `${app.context.id}: its turn to be started`,
      );
  }

  private async add(configuration: AppConfiguration, found: readonly Found[]): Promise<void> {
    const app = makeApp(configuration, this.ground());
    this.apps.set(configuration.id, app);
    this.front.destinations.follow(app);
    this.traffic.follow(app);
    this.watchLogs(app);
    await app.start(found);
  }

  private async remove(id: string): Promise<void> {
    const app = this.apps.get(id);
    if (!app) return;
    this.apps.delete(id);
    this.traffic.forget(id);
    for (const file of logsOf(app)) this.options.rotation.remove(file);
    await app.stopAll('the app is no longer configured');
    await this.options.forwards.remove(id);
  }

  private async change(configuration: AppConfiguration, changed: readonly string[]): Promise<void> {
    const app = this.apps.get(configuration.id);
    if (!app) return;
    const { context } = app;
    const sourceReplaced = changed.some(
      (key) => ['source', 'signing'].includes(key) || key.startsWith('source.'),
    );
    if (sourceReplaced) context.source.stop();
    const ground = this.ground();
    const agentEnvironment = handedOn(ground);
    Object.assign(context, { configuration, account: accountOf(configuration), agentEnvironment });
    if (sourceReplaced) context.source = sourceOf(configuration, ground);
    this.watchLogs(app);
    await app.reconfigured({ sourceReplaced });
  }

  private ground(): Ground {
    const { front, traffic } = this;
    return {
      ...this.options,
      front,
      traffic,
      inForce: this.configuration,
      find: (id) => this.apps.get(id) ?? null,
    };
  }

  private watchLogs(app: App): void {
    const { rotation, forwards } = this.options;
    for (const file of logsOf(app)) rotation.add(file, app.context.configuration.log);
    // Before anything is started that writes: what it says first is not to be missed.
    forwards.set(forwardedOf(app));
  }

  private endUnconfigured(id: string, found: readonly Found[]): void {
    const { runs, log } = this.options;
    for (const { run } of found) {
      log({
        app: id,
        type: 'app.unconfigured',
        message: `${id}/${run.unit} (pid ${run.pid}) is stopped: ${id} is no longer configured`,
      });
      runs.end(run, { stop: DEFAULT_STOP }).then(
        () => runs.forget(run.id),
        (error: unknown) =>
          log({ app: id, type: 'run.left', message: `${run.id} was not ended: ${messageOf(error)}` }),
      );
    }
  }
}

function logsOf(app: App): string[] {
  const { logsDirectory, id } = app.context;
  return app.logUnits(null).flatMap((unit) => Object.values(logFiles(logsDirectory, id, unit)));
}

function describeChange(id: string, change: AppChange): string {
  if (typeof change === 'string') return `${id}: ${change}`;
  return `${id}: ${change.changed.join(', ')} changed${change.restart ? ', its instances are restarted one by one' : ', nothing is restarted'}`;
}
