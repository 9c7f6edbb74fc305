import type { AppConfiguration } from '../config/index.ts';
import type { AppKey, Journal } from '../journal/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { ReleaseDirectories } from '../release/index.ts';
import type { Source } from '../source/index.ts';
import type { Account, Runs } from '../supervisor/index.ts';

/** What everything that works on one app shares. */
export interface AppContext {
  readonly key: AppKey;
  /** The app's id. */
  readonly id: string;
  readonly journal: Journal;
  readonly runs: Runs;
  readonly clock: Clock;
  readonly layout: ReleaseDirectories;
  readonly dataDirectory: string;
  readonly logsDirectory: string;
  readonly agentEnvironment: Readonly<Record<string, string | undefined>>;
  /** The configuration that is in force now; another one takes its place when it is applied. */
  configuration: AppConfiguration;
  /** Whom its processes run as; null for the agent's own user. Rejects where there is no such user. */
  account(): Promise<Account | null>;
  source: Source;
  /**
   * What was set with `slipway secret`, in the clear, by name: for the app's own processes alone.
   * @throws SlipwayError `key_mismatch` where one cannot be read
   */
  secrets(): Record<string, string>;
  /** Resolves when no request is with the instance any more, or was for as long as it may; nothing is in front where it is not there. */
  withdraw?(unit: string, of: { isBroken: boolean }): Promise<void>;
  /**
   * Gives a new release a share of the requests, or ends that. Resolves when it was written down; may be done twice, and is left out
   * where nothing is in front.
   */
  share?(share: TrafficShare | null): Promise<void>;
  /** Tells of the requests that instances were asked, from now until `end`; `look`: of all that are over by now. */
  requests?(take: (request: RequestAnswered) => void): { look(): Promise<void>; end(): void };
  /** One line for the agent's log and the event stream. */
  log(news: News): void;
  /** For the event stream alone: something that `status` or `show` would show has changed. */
  tell(news: News): void;
}

export interface TrafficShare {
  /** Visitors stay on their side as long as it is that one's. */
  deployment: number;
  percent: number;
  /** Those with two processes, by their slots. */
  instances: readonly { instance: string; trial: string; serving: string }[];
}

export interface RequestAnswered {
  /** When it came, by the wall clock. */
  at: number;
  slot: string;
  /** Answered with 5xx, or not at all. */
  isError: boolean;
  /** Until the answer began; null: it did not. */
  latencyMs: number | null;
}

/** That something of an app has changed, in words. */
export interface News {
  /** Its first part says of what: `instance.ready`, `deployment.succeeded`. */
  type: string;
  message: string;
  /** Of which instance or worker. */
  unit?: string;
  deployment?: number;
}
