import type { NodeStatus } from '../app/index.ts';
import {
  type Clock,
  Event,
  messageOf,
  SlipwayError,
  unawaited,
  until,
  withDeadline,
} from '../kernel/index.ts';
import { Connection, type ConnectOptions, isMutual } from '../otp/index.ts';

const ATTEMPT_TIMEOUT_MS = 5000;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 30_000;
/** What the agent asks for is far shorter; in the heap it may be thirty times as large. */
const MAX_FRAME_BYTES = 8 * 1024 ** 2;
/** A node that was connected for so long means well. */
const CALM_MS = 30_000;

export type Target = Pick<ConnectOptions, 'local' | 'peer' | 'cookie' | 'tls' | 'epmdPort'>;

/**
 * The connection to the node that one run of an instance is: tried again, ever more seldom, for as long as the run lives.
 * Nothing that keeps the instance running hangs on it.
 */
export class BeamLink {
  /** An attempt came to something, or the connection was closed. */
  readonly connectedOrLost = new Event<void>();
  /** Id of the run. */
  readonly run: string;
  private readonly clock: Clock;
  private readonly target: () => Promise<Target>;
  private readonly ending = new AbortController();
  private connection: Connection | null = null;
  private isMutual = false;
  private peer: string;
  private reason = 'not connected yet';
  /** Why the last attempt is sure to be like the next one; null where that is not so, or another attempt is under way. */
  private refusal: SlipwayError | null = null;
  private failures = 0;
  private isTrying = false;
  private cancelWait: (() => void) | null = null;

  constructor(options: { run: string; peer: string; clock: Clock; target: () => Promise<Target> }) {
    this.run = options.run;
    this.peer = options.peer;
    this.clock = options.clock;
    this.target = options.target;
  }

  get status(): NodeStatus {
    const { connection } = this;
    return {
      node: this.peer,
      connected: connection !== null,
      tls: connection !== null && this.isMutual,
      reason: connection === null ? this.reason : null,
    };
  }

  /** The connection; null while there is none. */
  get open(): Connection | null {
    return this.connection;
  }

  /** Tries at once, where it is not connected: there is reason to think that it will be now. */
  retryNow(): void {
    this.cancelWait?.();
    this.failures = 0;
    this.attemptSoon();
  }

  /**
   * @throws SlipwayError `otp_cookie`, at once; `otp_unreachable`: why it could not be connected in that time, or that it
   * was closed; the signal's reason
   */
  async connected(options: { timeoutMs: number; signal: AbortSignal }): Promise<Connection> {
    const signal = AbortSignal.any([options.signal, this.ending.signal]);
    signal.throwIfAborted();
    // What the last attempt came to is not asked for: what was wrong then may be mended.
    if (!this.connection) this.retryNow();
    const look = () => {
      if (!this.connection && this.refusal) throw this.refusal;
      return this.connection;
    };
    const found = await withDeadline({ ms: options.timeoutMs, clock: this.clock, signal }, (bounded) =>
      until(this.connectedOrLost, look, bounded),
    );
    if (found === 'late') throw new SlipwayError('otp_unreachable', { message: this.reason });
    return found;
  }

  close(): void {
    this.ending.abort(
      new SlipwayError('otp_unreachable', { message: `the connection to ${this.peer} was given up` }),
    );
    this.cancelWait?.();
    this.connection?.close();
  }

  private attemptSoon(): void {
    unawaited(this.attempt(), `the connection to ${this.peer}`);
  }

  private async attempt(): Promise<void> {
    if (this.isTrying || this.connection || this.ending.signal.aborted) return;
    this.isTrying = true;
    this.refusal = null;
    try {
      const target = await this.target();
      this.peer = target.peer;
      const { signal } = this.ending;
      const limits = { timeoutMs: ATTEMPT_TIMEOUT_MS, maxFrameBytes: MAX_FRAME_BYTES };
      const connection = await Connection.open({ ...target, ...limits, signal });
      // A node that is too busy to say so is connected all the same.
      const ask = () => isMutual((...call) => connection.rpc(...call)).catch(() => false);
      this.isMutual = target.tls !== null && (await ask());
      this.begin(connection);
    } catch (error) {
      if (error instanceof SlipwayError && error.code === 'otp_cookie') this.refusal = error;
      this.retry(messageOf(error));
    } finally {
      this.isTrying = false;
    }
  }

  private begin(connection: Connection): void {
    const cancelCalm = this.clock.after(CALM_MS, () => {
      this.failures = 0;
    });
    const afterwards = async () => {
      const error = await connection.closed;
      cancelCalm();
      this.connection = null;
      this.retry(messageOf(error));
    };
    unawaited(afterwards(), `the connection to ${this.peer}`);
    // It may have been closed since the connection came about.
    if (this.ending.signal.aborted) return connection.close();
    this.connection = connection;
    this.connectedOrLost.emit();
  }

  private retry(why: string): void {
    this.reason = why;
    this.connectedOrLost.emit();
    if (this.ending.signal.aborted) return;
    const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures++);
    this.cancelWait = this.clock.after(delayMs, () => this.attemptSoon());
  }
}
