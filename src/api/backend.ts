import type { IncomingHttpHeaders } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import type {
  Accepted,
  CronEntry,
  Deployment,
  DeploymentWithSteps,
  Done,
  EnvChange,
  EnvVariable,
  Happening,
  LogLine,
  Plan,
  Release,
  Secret,
  Status,
  Uploaded,
  Vm,
} from './shapes.ts';
import type { TerminalSize, TerminalVariables } from './terminal-frames.ts';

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
  /** A regular expression in the syntax of RE2; null for none. */
  grep: string | null;
  follow: boolean;
  /** The id of the last line that the reader has: only what comes after it. Null for none. */
  after: string | null;
}

/** What a person asks to be deployed: all null for what the source offers. */
export interface Wanted {
  version: string | null;
  /** A branch, tag or commit of the repository. */
  ref: string | null;
  /** The id of an upload. */
  upload: string | null;
}

/** Names and new values, and names to remove. */
export interface VariableChange {
  app: string;
  set: Record<string, string>;
  unset: string[];
  caller: Caller;
}

/** A shell that runs. Its streams hold it up where nobody reads, or it does not read itself. */
export interface Terminal {
  input: Writable;
  /** Ends after the last byte, before `ended` resolves. */
  output: Readable;
  /** After what was written to `input`. */
  endInput(): void;
  resize(size: TerminalSize): void;
  /** Ends the shell and what was started in it. */
  hangUp(): void;
  ended: Promise<{ status: number | null; signal: string | null }>;
}

/** A line with, where the agent can tell, the id that a reader resumes from after a break. It is no part of the JSON. */
export type IdentifiedLine = LogLine & { id?: string };

/**
 * What the agent does for the API. Every method throws a SlipwayError that a person can act on. `app` is the id, or the
 * name where it is clear. A stream ends soon after its signal is aborted, whatever it waits for.
 */
export interface Backend {
  status(app: string | null): Promise<Status>;
  releases(app: string): Release[];
  /** Newest first. */
  deployments(app: string): Deployment[];
  deployment(id: number): DeploymentWithSteps;
  /** The deployment now and after each of its changes; ends when it has ended. */
  followDeployment(id: number, signal: AbortSignal): AsyncIterable<DeploymentWithSteps>;
  planDeploy(options: Omit<Wanted, 'upload'> & { app: string; force: boolean; full: boolean }): Promise<Plan>;
  deploy(options: Wanted & { app: string; force: boolean; full: boolean; caller: Caller }): Promise<Accepted>;
  rollback(options: { app: string; to: number | null; caller: Caller }): Promise<Accepted>;
  cancel(options: { id: number; caller: Caller }): Promise<Done>;
  pin(options: { app: string; version: string; caller: Caller }): Promise<Done>;
  unpin(options: { app: string; caller: Caller }): Promise<Done>;
  ghost(options: { app: string; version: string; caller: Caller }): Promise<Done>;
  unghost(options: { app: string; version: string; caller: Caller }): Promise<Done>;
  /** Each resolves when it is done: restarted and ready, stopped, started and ready. */
  restart(options: { app: string; instance: string | null; caller: Caller }): Promise<Done>;
  stop(options: { app: string; instance: string | null; caller: Caller }): Promise<Done>;
  start(options: { app: string; instance: string | null; caller: Caller }): Promise<Done>;
  logs(options: {
    app: string;
    instance: string | null;
    query: LogQuery;
    signal: AbortSignal;
  }): AsyncIterable<IdentifiedLine>;
  agentLogs(options: { query: LogQuery; signal: AbortSignal }): AsyncIterable<IdentifiedLine>;
  /**
   * Keeps an archive that a person sends, until it is deployed. `name` is what the file is called there; it is one path
   * component, and says the format at most. `body` is destroyed with an error when the sender goes away. A refusal
   * before the first read of `body` spares the sender from sending it. `sizeBytes` is null where the sender did not say.
   */
  receiveUpload(options: {
    app: string;
    name: string;
    body: Readable;
    sizeBytes: number | null;
    caller: Caller;
  }): Promise<Uploaded>;
  /** What the Erlang VM of an instance tells of itself. */
  vm(options: { app: string; instance: string }): Promise<Vm>;
  env(app: string): Promise<EnvVariable[]>;
  changeEnv(options: VariableChange): Promise<EnvChange>;
  secrets(app: string): Secret[];
  changeSecrets(options: VariableChange): Promise<Done>;
  setMaintenance(options: { app: string; on: boolean; caller: Caller }): Promise<Done>;
  cron(app: string): CronEntry[];
  runCron(options: { app: string; entry: string; caller: Caller }): Promise<Done>;
  /**
   * A request that somebody sent to `/hooks/<app>`; nothing of it is verified. What the answer says, everybody may
   * read. Throws a WebhookRefusal of `verifyWebhook`, or `app_unknown`, which is answered as 404 is.
   */
  webhook(options: {
    app: string;
    headers: IncomingHttpHeaders;
    body: Buffer;
  }): Promise<{ status: number; message: string }>;
  /** Resolves when it runs. `instance` null: the only one. `size` null: on pipes, not on a terminal. */
  openTerminal(options: {
    app: string;
    instance: string | null;
    size: TerminalSize | null;
    variables: TerminalVariables;
    caller: Caller;
  }): Promise<Terminal>;
  /** Stops all apps, and then the agent; resolves when the apps have stopped. */
  endAgent(options: { caller: Caller }): Promise<Done>;
  /** What happened after `afterSeq` (as far back as the agent keeps it; null: nothing), then what happens. */
  events(options: { afterSeq: number | null; signal: AbortSignal }): AsyncIterable<Happening>;
  /** The configuration in force, secrets masked, as YAML's data. */
  configuration(): { file: string | null; configuration: unknown };
  /** Reads the file again and applies it. A bad file changes nothing and throws `config_invalid`. */
  applyConfiguration(): Promise<Done>;
}
