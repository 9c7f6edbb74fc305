import type { AppContext } from '../../deployment/index.ts';

/** A release by its true path, which a switch does not change. */
export interface LiveRelease {
  number: number;
  directory: string;
}

/** Where the cron commands of an app run, and with what: as the configuration in force has it at the moment of each call. */
export interface CronPlace {
  /** Null where nothing is live. */
  live(): LiveRelease | null;
  environment(): Promise<Record<string, string>>;
  /** What a command and its environment become in that directory; left out: they stay as they are. */
  adapt?(command: Command, directory: string): Command;
}

export interface Command {
  argv: readonly string[];
  env: Record<string, string>;
}

export interface CronOptions {
  context: AppContext;
  place: CronPlace;
}
