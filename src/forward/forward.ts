import { type Clock, messageOf, SlipwayError, sleep, Turns, unawaited } from '../kernel/index.ts';
import type { TimedLine } from '../supervisor/index.ts';
import { type ForwardState, presentForward } from './forward-state.ts';
import type { SentLog } from './sent-log.ts';
import type { ForwardedLine, Target } from './target.ts';

const RETRY_MIN_MS = 1000;
const RETRY_MAX_MS = 60_000;
/** What takes no 64 KB in that time is taken for stuck. */
const SEND_MS = 30_000;
/** Rotated files are held open no longer than that: of one that is slow the room is to be free when they are removed. */
const PASS_MS = 60_000;
/** A receiver of datagrams that has no room is asked again. */
const ROOM_MAX_MS = 100;

/** Of all forwards: each chunk of one waits for the chunks of the others, and for whatever else the agent does. */
const turns = new Turns();

export interface ForwardOptions {
  app: string;
  target: Target;
  clock: Clock;
  /** The version that an instance runs now. */
  releaseOf: (unit: string) => string | null;
  /** Where it has come to, to be remembered. */
  reached: (log: SentLog, position: number) => void;
  say: (message: string) => void;
}

/** The logs of one app on their way to one target. It reads the files, at its own pace, and holds a chunk of one of them at once. */
export class Forward {
  private readonly options: ForwardOptions;
  private logs: SentLog[] = [];
  private working: Promise<void> | null = null;
  private readonly stopping = new AbortController();
  private trouble: string | null = null;
  /** Of the first failure, since which nothing arrives; wall clock. */
  private failingSince: number | null = null;
  private retryMs = RETRY_MIN_MS;
  private retryAtMs = 0;
  /** What was taken before then has arrived. */
  private deliveredMs = Number.NEGATIVE_INFINITY;
  private gone: { atMs: number; why: string | null } | null = null;

  constructor(options: ForwardOptions) {
    this.options = options;
  }

  get target(): Target {
    return this.options.target;
  }

  /** Those whose files it has: they go on where they are, others begin where they say. */
  follow(logs: readonly SentLog[]): void {
    this.logs = [...logs];
  }

  followed(): readonly SentLog[] {
    return this.logs;
  }

  /** Its connection is gone: what it may have lost is sent again. */
  lost(why: string | null): void {
    this.gone ??= { atMs: this.options.clock.monotonicMs(), why };
  }

  /** One stat for each log. Works off what there is, beside whatever else is done. */
  look(withinMs: number): void {
    const now = this.options.clock.monotonicMs();
    const deliveredMs = this.delivered();
    for (const log of this.logs) {
      if (log.tail.look(withinMs)) log.isDue = true;
      this.options.reached(log, log.settled(now, deliveredMs));
    }
    if (this.working !== null || this.stopping.signal.aborted) return;
    if (this.gone !== null) this.reconnect(this.gone);
    if (now < this.retryAtMs || !this.logs.some(({ isDue }) => isDue)) return;
    this.working = this.work().finally(() => {
      this.working = null;
    });
    unawaited(this.working, `forwarding to ${this.target.name}`);
  }

  /** Sends what there is, as far as the target takes it in that time. */
  async finish(ms: number): Promise<void> {
    const until = this.options.clock.monotonicMs() + ms;
    this.retryAtMs = 0;
    do {
      this.look(0);
      const late = AbortSignal.timeout(Math.max(1, until - this.options.clock.monotonicMs()));
      await Promise.race([this.working, sleep(ms, { signal: late }).catch(() => undefined)]);
    } while (
      this.trouble === null &&
      this.logs.some(({ isDue }) => isDue) &&
      this.options.clock.monotonicMs() < until
    );
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.working;
    const hasTrouble = this.trouble !== null || this.gone !== null;
    const deliveredMs = this.delivered();
    await this.target.close();
    for (const log of this.logs)
      this.options.reached(
        log,
        hasTrouble ? log.settled(this.options.clock.monotonicMs(), deliveredMs) : log.settleAll(),
      );
  }

  state(): ForwardState {
    return presentForward({
      ...{ app: this.options.app, target: this.target.name, logs: this.logs },
      ...{ trouble: this.trouble, failingSince: this.failingSince },
    });
  }

  private async work(): Promise<void> {
    for (const log of this.logs) {
      if (!log.isDue) continue;
      log.isDue = false;
      const trouble = await this.send(log).catch((error: unknown) => readingTrouble(error, log));
      if (this.stopping.signal.aborted) return;
      if (trouble !== null) return this.failed(trouble);
      if (this.gone !== null) return;
    }
  }

  /** Gives what is in its way. */
  private async send(log: SentLog): Promise<string | null> {
    const { clock } = this.options;
    const endMs = clock.monotonicMs() + PASS_MS;
    let taken = log.tail.position;
    let tookMs = clock.monotonicMs();
    try {
      for await (const { lines, lostBytes } of log.tail.read()) {
        await turns.next();
        if (lostBytes > 0) this.tellLost(log, lostBytes);
        const named = this.named(log, lines);
        for (let from = 0, roomMs = 0; from < named.length; ) {
          const { count, trouble } = await this.target.send(named.slice(from), this.deadline());
          from += count;
          if (count > 0) {
            taken = named[from - 1]?.end ?? taken;
            tookMs = clock.monotonicMs();
            log.took(taken, tookMs);
            this.succeeded();
          }
          if (trouble !== null) return trouble;
          if (clock.monotonicMs() - tookMs > SEND_MS) return 'it takes nothing';
          if (this.stopping.signal.aborted || this.gone !== null) return null;
          // One that takes some takes more in a moment.
          roomMs = count > 0 ? 0 : Math.min(Math.max(1, roomMs * 2), ROOM_MAX_MS);
          if (from < named.length) await this.pause(roomMs);
        }
        if (lines.length === 0) taken = log.tail.position;
        if (clock.monotonicMs() > endMs) {
          log.isDue = true;
          return null;
        }
      }
      return null;
    } finally {
      if (log.tail.position !== taken) {
        log.tail.goTo(taken);
        log.isDue = true;
      }
    }
  }

  private named({ unit, stream }: SentLog, lines: readonly TimedLine[]): ForwardedLine[] {
    const { app, releaseOf } = this.options;
    const release = releaseOf(unit);
    return lines.map((line) => ({ ...line, app, unit, stream, release }));
  }

  /** Since when what was taken may be on its way still; a target that need not settle has had all that it took. */
  private delivered(): number {
    if (this.target.settleMs === 0) return Number.POSITIVE_INFINITY;
    if (this.target.isDelivered()) this.deliveredMs = this.options.clock.monotonicMs();
    return this.deliveredMs;
  }

  private async pause(ms: number): Promise<void> {
    if (ms === 0) return await turns.next();
    await sleep(ms, { clock: this.options.clock, signal: this.stopping.signal }).catch(() => undefined);
  }

  private deadline(): AbortSignal {
    return AbortSignal.any([this.stopping.signal, AbortSignal.timeout(SEND_MS)]);
  }

  private succeeded(): void {
    this.retryMs = RETRY_MIN_MS;
    if (this.trouble === null) return;
    this.trouble = null;
    this.failingSince = null;
    this.options.say(`${this.options.app}: its log goes to ${this.target.name} again`);
  }

  private failed(trouble: string): void {
    const { app, clock, say } = this.options;
    this.goBack();
    this.retryAtMs = clock.monotonicMs() + this.retryMs * (0.75 + Math.random() / 4);
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MAX_MS);
    if (this.trouble === null) {
      this.failingSince = clock.now();
      say(
        `${app}: its log does not reach ${this.target.name}: ${trouble}; what is written meanwhile is sent as soon as it can be, as far as the log is kept`,
      );
    }
    this.trouble = trouble;
  }

  /** A server may close what nobody uses; one that has just taken lines and goes is at fault, as is a program that ends. */
  private reconnect({ atMs, why }: { atMs: number; why: string | null }): void {
    const deliveredMs = this.delivered();
    const isAtFault = this.logs.some((log) => log.hasUnsettled(atMs, deliveredMs));
    const trouble = why ?? (isAtFault ? 'the connection was closed at the other end' : null);
    if (trouble === null) this.goBack();
    else this.failed(trouble);
  }

  private goBack(): void {
    const atMs = this.gone?.atMs ?? this.options.clock.monotonicMs();
    this.gone = null;
    const deliveredMs = this.delivered();
    for (const log of this.logs) log.goBack(atMs, deliveredMs);
  }

  private tellLost(log: SentLog, bytes: number): void {
    const { app, say } = this.options;
    log.lostBytes += bytes;
    say(
      `${app}: ${bytes} bytes of ${app}/${log.unit} (${log.stream}) were rotated away before ${this.target.name} had them: it was away for too long; a larger log.keep bridges more`,
    );
  }
}

/** A rotated file that is damaged holds the rest up until somebody takes it away: it says so. */
function readingTrouble(error: unknown, log: SentLog): string | null {
  if (error instanceof SlipwayError && error.code === 'log_failed') return error.message;
  return `${log.tail.file}: ${messageOf(error)}`;
}
