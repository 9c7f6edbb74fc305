import type { Clock } from '../kernel/index.ts';
import type { Account } from './account.ts';
import type { Limits } from './cgroup/index.ts';
import type { StopSettings } from './ending.ts';
import type { Wanted } from './instance-phase.ts';
import type { LogFiles } from './output/index.ts';
import type { ReadyCheck } from './readiness.ts';
import type { RestartPolicy } from './restart-policy.ts';
import type { Runs } from './runs.ts';

/** What is started, and where; made anew for every start, from the configuration in force. */
export interface Launch {
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  account: Account | null;
}

export interface InstanceSettings {
  stop: StopSettings;
  limits: Limits;
  restart: RestartPolicy;
  ready: ReadyCheck;
  readyTimeoutMs: number;
  port: number | null;
}

export interface InstanceOptions {
  app: string;
  /** `1`, `2`, ... */
  unit: string;
  /** It has the spare slot of the unit. */
  spare?: true;
  runs: Runs;
  clock: Clock;
  logs: LogFiles;
  settings: () => InstanceSettings;
  /**
   * Resolves when its run may be told to end: nobody is sent to it any more. `isBroken`: it does not answer, and nobody waits
   * for it. Not there where nothing is in front of it.
   */
  withdraw?: (of: { isBroken: boolean }) => Promise<void>;
  /** Puts the release in its place (links) and says how it is started. Called before each start. */
  prepare: (wanted: Wanted) => Promise<Launch>;
}
