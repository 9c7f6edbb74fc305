import type {
  Accepted,
  Deployment,
  DeploymentWithSteps,
  Done,
  Happening,
  LogLine,
  Plan,
  Release,
  Status,
} from './shapes.ts';

/** Who asks: `trigger` is how (`cli`, `api`), `actor` a person can read (`root`, a token's name). */
export interface Caller {
  trigger: 'cli' | 'api';
  actor: string;
}

export interface LogQuery {
  /** Lines from the end; null for all. */
  lines: number | null;
  /** Only stderr; else both. */
  stderr: boolean;
  /** Milliseconds since the epoch; null for no limit. */
  since: number | null;
  /** A regular expression (RE2-safe length is checked by the agent); null for none. */
  grep: string | null;
  follow: boolean;
  /** The id of the last line that the reader has: only what comes after it. Null for none. */
  after: string | null;
}

/** A line with, where the agent can tell, the id that a reader resumes from after a break. It is no part of the JSON. */
export type IdentifiedLine = LogLine & { id?: string };

/**
 * What the agent does for the API. Every method throws a SlipwayError that a person can act on. `app` is the id, or the
 * name where it is clear. A stream ends soon after its signal is aborted, whatever it waits for.
 */
export interface Backend {
  status(app: string | null): Status;
  releases(app: string): Release[];
  /** Newest first. */
  deployments(app: string): Deployment[];
  deployment(id: number): DeploymentWithSteps;
  /** The deployment now and after each of its changes; ends when it has ended. */
  followDeployment(id: number, signal: AbortSignal): AsyncIterable<DeploymentWithSteps>;
  planDeploy(options: { app: string; version: string | null; force: boolean }): Promise<Plan>;
  deploy(options: { app: string; version: string | null; force: boolean; caller: Caller }): Promise<Accepted>;
  rollback(options: { app: string; to: number | null; caller: Caller }): Promise<Accepted>;
  cancel(options: { id: number; caller: Caller }): Promise<Done>;
  pin(options: { app: string; version: string; caller: Caller }): Promise<Done>;
  unpin(options: { app: string; caller: Caller }): Promise<Done>;
  ghost(options: { app: string; version: string; caller: Caller }): Promise<Done>;
  unghost(options: { app: string; version: string; caller: Caller }): Promise<Done>;
  /** Each resolves when it is done: restarted and ready, stopped, started and ready. */
  restart(options: { app: string; instance: number | null; caller: Caller }): Promise<Done>;
  stop(options: { app: string; instance: number | null; caller: Caller }): Promise<Done>;
  start(options: { app: string; instance: number | null; caller: Caller }): Promise<Done>;
  logs(options: {
    app: string;
    instance: number | null;
    query: LogQuery;
    signal: AbortSignal;
  }): AsyncIterable<IdentifiedLine>;
  agentLogs(options: { query: LogQuery; signal: AbortSignal }): AsyncIterable<IdentifiedLine>;
  /** Stops all apps, and then the agent; resolves when the apps have stopped. */
  endAgent(options: { caller: Caller }): Promise<Done>;
  /** What happened after `afterSeq` (as far back as the agent keeps it; null: nothing), then what happens. */
  events(options: { afterSeq: number | null; signal: AbortSignal }): AsyncIterable<Happening>;
  /** The configuration in force, secrets masked, as YAML's data. */
  configuration(): { file: string | null; configuration: unknown };
  /** Reads the file again and applies it. A bad file changes nothing and throws `config_invalid`. */
  applyConfiguration(): Promise<Done>;
}
