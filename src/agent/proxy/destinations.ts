import { isDeepStrictEqual } from 'node:util';
import type { App } from '../../app/index.ts';
import type { TrafficShare } from '../../deployment/index.ts';
import { type Clock, messageOf, sleep, unawaited } from '../../kernel/index.ts';
import {
  FILES,
  type ProxyApp,
  type ProxyControl,
  type ProxyDescription,
  type ProxyFolder,
  parseServerStates,
  type Share,
  type SlotState,
  serverOf,
  stateFile,
} from '../../proxy/index.ts';
import type { InstanceState } from '../../supervisor/index.ts';
import { Shares } from './shares.ts';

const DRAIN_LOOK_MS = 20;

interface DestinationsOptions {
  folder: ProxyFolder;
  control: ProxyControl;
  clock: Clock;
  /** What HAProxy has; null: nothing yet. */
  described: () => ProxyDescription | null;
  isRunning: () => boolean;
  /** One thing after the other is told to HAProxy. */
  inTurn: (work: () => Promise<void>) => Promise<void>;
  /** Resolves when what was told until now is done. */
  told: () => Promise<void>;
  /** Brings the configuration to HAProxy once more: a slot is somewhere else. */
  describeAnew: () => Promise<void>;
  say: (message: string) => void;
}

/** Whom HAProxy sends requests to: it is told who is ready, and who is about to go, before he goes. */
export class Destinations {
  private readonly options: DestinationsOptions;
  private readonly states = new Map<string, SlotState>();
  /** Where the process listens that was ready in a slot last, by `<backend>/<slot>`. */
  private readonly ports = new Map<string, number>();
  private readonly shares: Shares;
  private detached = false;

  constructor(options: DestinationsOptions) {
    this.options = options;
    this.shares = new Shares(options.folder);
  }

  /** As an earlier agent has left it. */
  recall(described: ProxyDescription | null): void {
    for (const [server, state] of parseServerStates(this.options.folder.read(FILES.states) ?? ''))
      this.states.set(server, state);
    for (const { id, slots } of described?.apps ?? [])
      for (const { name, port } of slots) this.ports.set(serverOf(id, name), port);
  }

  detach(): void {
    this.detached = true;
  }

  /** An app is here from now on: whoever of its instances is ready is sent to. */
  follow(app: App): void {
    const { id } = app.context;
    app.instances.transitioned.on(({ unit, slot, after }) => {
      const server = serverOf(id, slot);
      const state = this.stateOf(server, after);
      if (state === this.states.get(server)) return;
      const port = app.instances.get(unit)?.portOfRun ?? null;
      if (state === 'ready' && port !== null) this.bringPort(server, port);
      this.tellSoon(id, slot, state);
    });
  }

  /** HAProxy itself asks whether they are there. */
  alwaysReady(servers: readonly string[]): void {
    for (const server of servers) this.states.set(server, 'ready');
  }

  /** Where a process listens that was started with another port than is configured; null: nobody is sent there. */
  portInUse(server: string): number | null {
    return this.states.get(server) === 'ready' ? (this.ports.get(server) ?? null) : null;
  }

  /**
   * Resolves when no request is with who has the slot any more, or was there for as long as it may: nobody is sent to it from
   * now on. `isBroken`: nobody waits for its answers.
   */
  async withdraw(app: string, slot: string, { isBroken }: { isBroken: boolean }): Promise<void> {
    const { clock, control, told, described } = this.options;
    const known = described()?.apps.find(({ id }) => id === app);
    if (!known) return;
    this.tellSoon(app, slot, 'maintenance');
    await told();
    const until = clock.monotonicMs() + (isBroken ? 0 : known.drainMs);
    while (clock.monotonicMs() < until && !this.detached) {
      const inFlight = await control.inFlight(app, slot).catch(() => 0);
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
      const isOnTrial = this.isOnTrial(app, name);
      if (isOnTrial !== trials.has(name)) this.tellSoon(app, name, isOnTrial ? 'maintenance' : 'trial');
    }
    await this.options.told();
    if (next === null) await this.putShare(app, next);
  }

  /** What HAProxy believes of slots, and what is so, may differ after a death of either. */
  async compare(): Promise<void> {
    const { control, described } = this.options;
    await this.tellShares();
    const found = await control.states();
    for (const { id, slots } of described()?.apps ?? [])
      for (const { name } of slots) {
        const server = serverOf(id, name);
        const state = this.states.get(server) ?? 'maintenance';
        if (found.get(server) !== state) await control.setState(id, name, state);
      }
  }

  /** What HAProxy goes by when it starts. */
  write({ apps }: ProxyDescription): void {
    this.options.folder.write(FILES.states, stateFile(apps, this.states));
  }

  /** A process listens where the configuration had it when it was started: HAProxy has to find it there. */
  private bringPort(server: string, port: number): void {
    this.ports.set(server, port);
    const { described, inTurn, describeAnew } = this.options;
    const known = described()
      ?.apps.flatMap(({ id, slots }) => slots.map((slot) => ({ ...slot, server: serverOf(id, slot.name) })))
      .find((slot) => slot.server === server);
    if (!known || known.port === port) return;
    this.states.set(server, 'ready');
    unawaited(inTurn(describeAnew), `port ${port} of ${server} in HAProxy`);
  }

  private tellSoon(app: string, slot: string, state: SlotState): void {
    const { described, inTurn, isRunning, control } = this.options;
    this.states.set(serverOf(app, slot), state);
    const description = described();
    if (description === null || !this.slotsOf(app).some(({ name }) => name === slot)) return;
    unawaited(
      inTurn(async () => {
        // A HAProxy that dies in between must not come up sending to somebody who goes.
        const isWritten = state === 'maintenance' && this.attemptToWrite(description);
        if (isRunning()) await control.setState(app, slot, state);
        if (!isWritten) this.write(described() ?? description);
      }),
      `${app}/${slot} in HAProxy`,
    );
  }

  /** One that runs is told on a full disk, too. */
  private attemptToWrite(description: ProxyDescription): boolean {
    try {
      this.write(description);
      return true;
    } catch {
      // It is tried again afterwards, and says why.
      return false;
    }
  }

  /** One that does not answer for a moment is HAProxy's own to find: it asks more often. */
  private stateOf(server: string, { phase }: InstanceState): SlotState {
    // Found running by a new agent: it is what it was.
    if (phase.name === 'starting' && phase.mayServe) return this.states.get(server) ?? 'ready';
    return ['ready', 'unready'].includes(phase.name) ? 'ready' : 'maintenance';
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
    await this.options.inTurn(() => this.tellShares());
  }

  private async tellShares(): Promise<void> {
    const { isRunning, described, control } = this.options;
    // It knows the map where an app is there that could be in it.
    if (isRunning() && described()?.apps.some(({ canary }) => canary))
      await control.setShares(this.shares.all());
  }

  private isAnyOnTrial(app: string): boolean {
    return this.slotsOf(app).some(({ name }) => this.isOnTrial(app, name));
  }

  private isOnTrial(app: string, slot: string): boolean {
    return this.states.get(serverOf(app, slot)) === 'trial';
  }

  private slotsOf(app: string): ProxyApp['slots'] {
    return this.options.described()?.apps.find(({ id }) => id === app)?.slots ?? [];
  }
}
