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
  /** One line for the agent's log and the event stream. */
  log(news: News): void;
  /** For the event stream alone: something that `status` or `show` would show has changed. */
  tell(news: News): void;
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
