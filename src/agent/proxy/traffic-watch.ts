import type { App } from '../../app/index.ts';
import type { RequestAnswered } from '../../deployment/index.ts';
import { type Clock, messageOf, nextTick, unawaited } from '../../kernel/index.ts';
import { type AccessHead, type AppFigures, Traffic } from '../../proxy/index.ts';
import { AccessReader } from './access-reader.ts';
import { SlotReleases } from './slot-releases.ts';

const GROWING_LOOK_MS = 1000;
const IDLE_LOOK_MS = 5000;
/** Whoever asks at the same time is told the same. */
const GOOD_FOR_MS = 250;
/** What is told may be of a part of the requests for so long. */
const WINDOW_MS = 60_000;

export interface TrafficOptions {
  clock: Clock;
  /** The access log. */
  file: string;
  /** Whether there is a proxy. */
  isOn: () => boolean;
  say: (message: string) => void;
}

/** What comes through the proxy, by what its log tells. */
export class TrafficWatch {
  private readonly options: TrafficOptions;
  private readonly traffic = new Traffic();
  private readonly releases = new Map<string, SlotReleases>();
  private readonly listeners = new Map<string, (request: RequestAnswered) => void>();
  private readonly reader: AccessReader;
  /** Wall clock: from then on the log is known, and up to then. */
  private since = Number.POSITIVE_INFINITY;
  private until = 0;
  /** Monotonic. */
  private lookedMs = Number.NEGATIVE_INFINITY;
  private sampledMs = Number.NEGATIVE_INFINITY;
  private looking: Promise<boolean> | null = null;
  private problem: string | null = null;
  private cancelTimer: () => void = () => undefined;
  private isOver = false;

  constructor(options: TrafficOptions) {
    this.options = options;
    this.reader = new AccessReader(options);
  }

  /** An app is here from now on. */
  follow(app: App): void {
    this.releases.set(app.context.id, new SlotReleases(app));
  }

  forget(app: string): void {
    this.releases.delete(app);
    this.traffic.forget(app);
  }

  /** Tells of each request that an instance of the app was asked, from now until `end`; by `look` of all that are over by then. */
  listen(app: string, take: (request: RequestAnswered) => void): { look(): Promise<void>; end(): void } {
    this.listeners.set(app, take);
    return {
      look: async () => {
        await this.lookOnce();
      },
      end: () => {
        if (this.listeners.get(app) === take) this.listeners.delete(app);
      },
    };
  }

  start(): void {
    this.tick(false);
  }

  stop(): void {
    this.isOver = true;
    this.cancelTimer();
  }

  /** Reads what there is by now. */
  async look(): Promise<void> {
    if (this.isOver || !this.options.isOn()) return;
    if (this.options.clock.monotonicMs() - this.lookedMs < GOOD_FOR_MS) return;
    await this.lookOnce();
  }

  /** Null where nothing is known. */
  figures(app: string): (AppFigures & { sampled: boolean }) | null {
    if (this.problem !== null || this.until === 0) return null;
    const { since, until } = this;
    const sampled = this.options.clock.monotonicMs() - this.sampledMs < WINDOW_MS;
    return { ...this.traffic.figures(app, { since, until }), sampled };
  }

  private tick(hasGrown: boolean): void {
    if (this.isOver) return;
    const { clock, isOn } = this.options;
    const now = clock.monotonicMs();
    const everyMs = hasGrown ? GROWING_LOOK_MS : IDLE_LOOK_MS;
    this.cancelTimer = clock.after(nextTick(now, everyMs) - now, () => {
      const looked = isOn() ? this.lookOnce() : Promise.resolve(false);
      unawaited(
        looked.then((grown) => this.tick(grown)),
        'the look at the access log',
      );
    });
  }

  /** Who went before he was answered says nothing. */
  private tellListener({ app, slot, at, status, answerMs, responseMs, end }: AccessHead): void {
    const take = this.listeners.get(app);
    if (!take || slot === null || (end.startsWith('C') && responseMs === null)) return;
    const isError = status === null || status >= 500;
    take({ at, slot, isError, latencyMs: answerMs === null ? null : responseMs });
  }

  private lookOnce(): Promise<boolean> {
    this.looking ??= this.readOn().finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  private async readOn(): Promise<boolean> {
    const { clock, say, file } = this.options;
    const until = clock.now();
    try {
      const { isWhole, hasGrown } = await this.reader.read(({ line, weight }) => {
        this.since = Math.min(this.since, line.at + line.ms);
        const version = line.slot && this.releases.get(line.app)?.versionAt(line.slot, line.at + line.ms);
        this.tellListener(line);
        if (this.releases.has(line.app)) this.traffic.note(line, { version: version ?? null, weight });
      });
      this.since = Math.min(this.since, until);
      this.until = until;
      this.lookedMs = clock.monotonicMs();
      if (!isWhole) this.sampledMs = this.lookedMs;
      this.problem = null;
      return hasGrown;
    } catch (error) {
      const problem = messageOf(error);
      if (problem !== this.problem) say(`proxy: ${file} cannot be read: ${problem}`);
      this.problem = problem;
      return false;
    }
  }
}
