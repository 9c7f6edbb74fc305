import type { Account, ContainedTools, TimedLine } from '../supervisor/index.ts';

/** A line, and whose it is. */
export interface ForwardedLine extends TimedLine {
  /** Id of the app; `slipway` of the agent's own log. */
  app: string;
  /** `1`, `queue.1`, `cron`; `agent` of the agent's own log. */
  unit: string;
  stream: 'stdout' | 'stderr';
  /** The version that the instance runs; null where it is not known. */
  release: string | null;
}

/** Where the lines of one app go. */
export interface Target {
  /** In few words, for people: `journald`, `tls://logs.example.com:6514`. */
  readonly name: string;
  /** Longer lines come in pieces of so many bytes. */
  readonly pieceBytes: number;
  /** What was taken may be lost with the connection for so long, milliseconds: it is sent again then. */
  readonly settleMs: number;
  /** Whether nothing that was taken is on its way still, as far as that can be known. */
  isDelivered(): boolean;
  /**
   * Hands lines over, in order; opens what is not open. Gives how many were taken, and why no more: fewer without a reason where it has
   * no room now. Never waits longer than the signal.
   */
  send(lines: readonly ForwardedLine[], signal: AbortSignal): Promise<Sent>;
  /** Looks whether it can be reached, and sends nothing. @throws Error */
  reach(signal: AbortSignal): Promise<void>;
  /** Ends what is open, when all that was taken is on its way. */
  close(): Promise<void>;
}

export interface Sent {
  count: number;
  /** In words; null: nothing is wrong. */
  trouble: string | null;
}

/** What a target stands on. */
export interface TargetContext {
  /** Id of the app. */
  app: string;
  /** Name of this host. */
  host: string;
  /** Whom a program runs as; null: the agent's own user. @throws SlipwayError */
  account: () => Promise<Account | null>;
  /** What an agent that was killed has left of a program is ended by the next one. */
  contain: () => ContainedTools;
  /** Is told as soon as a connection is gone, or a program, and why where that is nothing usual. */
  onLost: (why: string | null) => void;
}
