import type { IncomingHttpHeaders } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import type { Event, SlipwayError } from '../kernel/index.ts';
import type { AccessBackend } from './backend-access.ts';
import type { Asked, Caller, Input } from './backend-input.ts';
import type { Page } from './paging.ts';
import type {
  Accepted,
  AccessItem,
  CronEntry,
  Deployment,
  DeploymentWithSteps,
  Done,
  EnvChange,
  EnvVariable,
  Happening,
  LogItem,
  Plan,
  Release,
  Secret,
  Status,
  Uploaded,
} from './shapes.ts';
import type { Certificate } from './shapes-certificates.ts';
import type { Console } from './shapes-console.ts';
import type { Run, StepMedian, TimelineEntry } from './shapes-history.ts';
import type { ConfigurationPlan, HostCheck, Machine } from './shapes-host.ts';
import type { Vm } from './shapes-vm.ts';
import type { ForwardedSignal, TerminalSize, TerminalVariables } from './terminal-frames.ts';

export type { Asked, Caller, Input } from './backend-input.ts';

/** `since`: milliseconds since the epoch. `after`: the id of the last line that the reader has; null for none. */
export type LogQuery = Input<'agentLogs'> & { after: string | null };

/**
 * An archive that a person sends. `name` is what the file is called there; it is one path component, and says the format at
 * most. `body` is destroyed with an error when the sender goes away. `sizeBytes` is null where the sender did not say.
 */
export interface SentArchive {
  app: string;
  name: string;
  body: Readable;
  sizeBytes: number | null;
  caller: Caller;
}

/** A request that somebody sent to `/hooks/<app>`; nothing of it is verified. */
export interface HookCall {
  app: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/**
 * `app` null: a shell on the host. `instance` null: the only one. `size` null: on pipes, not on a terminal. `viewer` null: it
 * ends with whoever opened it; else it is a console, which is kept for a while when its page goes away. `command`: argv of a one-off
 * command in the live release of `app`, empty for a shell there; null: a console.
 */
export interface AskedTerminal {
  app: string | null;
  instance: string | null;
  size: TerminalSize | null;
  variables: TerminalVariables;
  command: readonly string[] | null;
  viewer: string | null;
  caller: Caller;
}

/** A page that comes to a console which is there: again, or as a second one. */
export interface AskedConsole {
  console: string;
  viewer: string;
  after: number | null;
  size: TerminalSize;
  take: boolean;
  caller: Caller;
}

/** A shell that runs. Its streams hold it up where nobody reads, or it does not read itself. */
export interface Terminal {
  input: Writable;
  /** Ends after the last byte, before `ended` resolves. */
  output: Readable;
  /** The standard error of a one-off command on pipes, which ends so, too; null where all comes by `output`. */
  errors: Readable | null;
  /** Ends the input after what was written to it. */
  endInput(): void;
  resize(size: TerminalSize): void;
  /** Goes to the command and its group, where it has no terminal. */
  signal(signal: ForwardedSignal): void;
  /** Ends the shell and what was started in it; of a console, that this page looks at it. */
  hangUp(): void;
  /** Rejects where the shell goes on without this reader. */
  ended: Promise<{ status: number | null; signal: string | null }>;
  /** Null of a shell that is not kept. */
  console: KeptConsole | null;
}

/** What is known of a console to one that looks at it. */
export interface KeptConsole {
  id: string;
  /** How many bytes of output were before the first that this one reads. */
  sequence: number;
  /** What stands for those bytes; null where they were seen. */
  screen: string | null;
  readonly readOnly: boolean;
  /** Told when that changes. */
  controlled: Event<boolean>;
}

/** `after`: as with lines of logs. */
export type AccessQuery = Omit<Input<'accessLog'>, 'app' | 'instance'> & { after: string | null };
/** A request with what a reader resumes from. It is no part of the JSON. */
export type IdentifiedAccess = AccessItem & { resume: string };

/** A line with, where the agent can tell, what a reader resumes from after a break. It is no part of the JSON. */
export type IdentifiedLine = LogItem & { resume?: string };

/** An event with the id that a reader resumes from. It is no part of the JSON. */
export type IdentifiedHappening = Happening & { id: string };

/**
 * What the agent does for the API. Every method throws a SlipwayError that a person can act on. `app` is the id, or the
 * name where it is clear. A stream ends soon after its signal is aborted, whatever it waits for.
 */
export interface Backend extends AccessBackend {
  /** Why nothing can be changed now, as where the journal cannot be used; null where it can. */
  whyUnchangeable(): SlipwayError | null;
  /** Id of the app that is named, or that the deployment is of; null where there is none, or it is not clear which. */
  whose(named: { app: string | null; deployment: number | null }): string | null;
  /** Whether what an app of that id runs is root on this host; true where it cannot be told. */
  runsAsRoot(app: string): Promise<boolean>;
  /** What may change of it by what somebody does, in a few words; null where there is none. `app`: an id. */
  picture(of: {
    app: string | null;
    user: string | null;
    token: number | null;
  }): Record<string, unknown> | null;
  status(app: string | null): Promise<Status>;
  releases(app: string): Release[];
  /** Newest first. */
  deployments(app: string, page: Page): Deployment[];
  deployment(id: number): DeploymentWithSteps;
  /** The deployment now and after each of its changes; ends when it has ended. */
  followDeployment(id: number, signal: AbortSignal): AsyncIterable<DeploymentWithSteps>;
  planDeploy(asked: Input<'planDeploy'>): Promise<Plan>;
  deploy(asked: Asked<'deploy'>): Promise<Accepted>;
  planRollback(asked: Input<'planRollback'>): Promise<Plan>;
  rollback(asked: Asked<'rollback'>): Promise<Accepted>;
  cancel(asked: Asked<'cancel'>): Promise<Done>;
  promote(asked: Asked<'promote'>): Promise<Done>;
  pin(asked: Asked<'pin'>): Promise<Done>;
  unpin(asked: Asked<'unpin'>): Promise<Done>;
  ghost(asked: Asked<'ghost'>): Promise<Done>;
  unghost(asked: Asked<'unghost'>): Promise<Done>;
  /** Each resolves when it is done: restarted and ready, stopped, started and ready. */
  restart(asked: Asked<'restart'>): Promise<Done>;
  stop(asked: Asked<'stop'>): Promise<Done>;
  start(asked: Asked<'start'>): Promise<Done>;
  logs(
    options: Pick<Input<'logs'>, 'app' | 'instance'> & { query: LogQuery; signal: AbortSignal },
  ): AsyncIterable<IdentifiedLine>;
  accessLog(
    options: Pick<Input<'accessLog'>, 'app' | 'instance'> & { query: AccessQuery; signal: AbortSignal },
  ): AsyncIterable<IdentifiedAccess>;
  agentLogs(options: { query: LogQuery; signal: AbortSignal }): AsyncIterable<IdentifiedLine>;
  /**
   * Keeps an archive until it is deployed. A refusal before the first read of its body spares the sender from sending it.
   */
  receiveUpload(archive: SentArchive): Promise<Uploaded>;
  /** Newest first. */
  runs(asked: Pick<Input<'runs'>, 'app' | 'instance'>, page: Page): Run[];
  /**
   * Oldest first. `next`: the cursor of the page with older ones; null where there are none. `known`: ids of the apps that
   * whoever asks is let to; null: all, and the host.
   */
  timeline(
    asked: Input<'timeline'>,
    known: readonly string[] | null,
  ): { entries: TimelineEntry[]; next: string | null };
  stepMedians(asked: Input<'stepMedians'>): StepMedian[];
  /** What the Erlang VM of an instance tells of itself. */
  vm(asked: Input<'vm'>): Promise<Vm>;
  env(app: string): Promise<EnvVariable[]>;
  changeEnv(asked: Asked<'changeEnv'>): Promise<EnvChange>;
  secrets(app: string): Secret[];
  changeSecrets(asked: Asked<'changeSecrets'>): Promise<Done>;
  setMaintenance(asked: Asked<'setMaintenance'>): Promise<Done>;
  cron(app: string): CronEntry[];
  runCron(asked: Asked<'runCron'>): Promise<Done>;
  /**
   * What the answer says, everybody may read. Throws a WebhookRefusal of `verifyWebhook`, or `app_unknown`, which is answered
   * as 404 is.
   */
  webhook(call: HookCall): Promise<{ status: number; message: string }>;
  /** Resolves when it runs. */
  openTerminal(asked: AskedTerminal): Promise<Terminal>;
  attachConsole(asked: AskedConsole): Promise<Terminal>;
  /** Newest first. */
  consoles(): Console[];
  endConsole(asked: Asked<'endConsole'>): Promise<Done>;
  /** The machine that the agent runs on. */
  host(): Promise<Machine>;
  /** What is wrong with this host. */
  doctor(): Promise<HostCheck[]>;
  /** Those of the proxy. */
  certificates(): Certificate[];
  /** Resolves when they are there. */
  renewCertificates(asked: Asked<'renewCertificates'>): Promise<Done>;
  /** Stops all apps, and then the agent; resolves when the apps have stopped. */
  endAgent(asked: { caller: Caller }): Promise<Done>;
  /**
   * What happened after the event of that id (null: nothing), then what happens. Where what happened is kept no longer,
   * or the id is none, it begins with a `resync`.
   */
  events(options: { after: string | null; signal: AbortSignal }): AsyncIterable<IdentifiedHappening>;
  /** The configuration in force, secrets masked, as YAML's data. */
  configuration(): { file: string | null; configuration: unknown };
  /** What that would do. A bad file throws as there. */
  planConfiguration(): Promise<ConfigurationPlan>;
  /** Reads the file again and applies it. A bad file changes nothing and throws `config_invalid`. */
  applyConfiguration(asked: { caller: Caller }): Promise<Done>;
}
