import type { Access } from '../access/index.ts';
import type { ConfigurationPlan, GroupSettings } from '../api/index.ts';
import { type Configuration, readConfiguration, type WrittenConfiguration } from '../config/index.ts';
import { type Clock, messageOf, SlipwayError } from '../kernel/index.ts';
import type { Apps } from './apps.ts';
import { groupOf } from './group.ts';
import { problemText, type Secrets } from './secrets/index.ts';

export interface InForceOptions {
  configFile: string | null;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  apps: Apps;
  access: Access;
  secrets: Secrets;
  say: (type: string, message: string) => void;
  /** Gives what takes effect with the next start alone. `group`: the socket that a group is to have. */
  configureApi: (next: Configuration, group: GroupSettings | null) => Promise<string[]>;
  /** The same keys, and nothing is changed. */
  lateKeys: (next: Configuration) => string[];
}

const RETRY_MIN_MS = 5000;
const RETRY_MAX_MS = 300_000;

/** Puts configurations, and new values of their secrets, in force: one after the other. */
export class InForce {
  private readonly options: InForceOptions;
  private written: WrittenConfiguration;
  private turn: Promise<unknown> = Promise.resolve();
  private cancelTimer: () => void = () => undefined;
  private retryMs = RETRY_MIN_MS;
  private told = '';
  private isOver = false;

  constructor(written: WrittenConfiguration, options: InForceOptions) {
    this.written = written;
    this.options = options;
    tellExposed(this.options, options.apps.inForce);
  }

  /** The file as it is now. A bad one changes nothing. */
  async apply(): Promise<string[]> {
    return await this.inTurn(async () => {
      const { configFile, env, secrets, apps, say, configureApi } = this.options;
      const { inForce } = apps;
      const written = readConfiguration({ file: configFile, env });
      const next = written.complete(() => null);
      refuseOtherFolders(inForce, next);
      const group = await groupOf(next);
      await secrets.read(next);
      const changes = await this.put(written, null);
      tellExposed(this.options, apps.inForce);
      const late = isOther(next.listen, inForce.listen) ? ['listen'] : [];
      if (isOther(next.socket, inForce.socket)) changes.push(describeSocket(next));
      late.push(...(await configureApi(next, group)));
      for (const key of late) changes.push(`${key}: takes effect with the next start of the agent`);
      for (const change of changes) say('config.applied', change);
      const problems = secrets.failing.map(problemText);
      if (changes.length === 0 && problems.length > 0)
        changes.push('the file was taken; nothing that runs has changed');
      return [...changes, ...problems];
    });
  }

  /** What `apply` would do with the file as it is now. Nothing is changed, and a bad file is refused as there. */
  async plan(): Promise<ConfigurationPlan> {
    return await this.inTurn(async () => {
      const { configFile, env, apps, lateKeys } = this.options;
      const { inForce } = apps;
      const written = readConfiguration({ file: configFile, env });
      const bare = written.complete(() => null);
      refuseOtherFolders(inForce, bare);
      await groupOf(bare);
      const secrets = this.options.secrets.forTrial();
      await secrets.read(bare);
      const next = secrets.complete(written);
      return {
        file: next.file,
        apps: apps.plan(next),
        at_once: isOther(next.socket, inForce.socket) ? [describeSocket(next)] : [],
        after_restart: [...(isOther(next.listen, inForce.listen) ? ['listen'] : []), ...lateKeys(next)],
        problems: secrets.failing.map(problemText),
      };
    });
  }

  /** Looks at the store of the secrets anew; what is in force stays so where it does not answer. */
  readSecrets(): void {
    const { apps, secrets, say } = this.options;
    this.inTurn(async () => {
      await secrets.read(apps.inForce);
      const changes = await this.put(this.written, null);
      for (const change of changes) say('secrets.read', `secrets were read anew: ${change}`);
    }).catch((error: unknown) => {
      say('secrets.failed', `secrets were not read: ${messageOf(error)}`);
      // The timer that led here was the only one.
      this.schedule({ ...apps.inForce, hasFailed: true });
    });
  }

  /** What was set with `slipway secret` for an app has changed, and may stand for values of its configuration. */
  async follow(app: string): Promise<void> {
    await this.inTurn(async () => await this.put(this.written, app));
  }

  detach(): void {
    this.isOver = true;
    this.cancelTimer();
  }

  /** `changed`: an app of which something else is to be looked at anew. */
  private async put(written: WrittenConfiguration, changed: string | null): Promise<string[]> {
    const { access, apps, secrets } = this.options;
    if (this.isOver) return [];
    const known = secrets.complete(written);
    // Before anything is sealed: the key may be made of it.
    access.acceptGiven(secrets.given(known));
    const next = secrets.keep(written, known);
    this.written = written;
    const changes = await apps.apply(next, changed);
    this.tell();
    this.schedule(next);
    return changes;
  }

  /** One line when something begins to fail, or fails otherwise, and one when nothing does any more. */
  private tell(): void {
    const { secrets, say } = this.options;
    const lines = secrets.failing.map(problemText);
    const told = lines.join('\n');
    if (told === this.told) return;
    if (lines.length === 0) say('secrets.known', 'secrets: all can be read again');
    const before = this.told.split('\n');
    for (const line of lines) if (!before.includes(line)) say('secrets.failed', `secrets: ${line}`);
    this.told = told;
  }

  /** `hasFailed`: what was read could not be recorded, or put in force, whatever the store said. */
  private schedule({
    secrets: store,
    hasFailed = false,
  }: Pick<Configuration, 'secrets'> & { hasFailed?: boolean }): void {
    const { clock, secrets } = this.options;
    this.cancelTimer();
    if (this.isOver) return;
    const isFailing = hasFailed || (secrets.failing.length > 0 && secrets.mayChange);
    this.retryMs = isFailing ? Math.min(this.retryMs * 2, RETRY_MAX_MS) : RETRY_MIN_MS;
    // Hosts whose store was down for all of them do not come back to it at once.
    const ms = isFailing ? this.retryMs * (0.5 + Math.random() / 2) : (store?.refreshMs ?? null);
    if (ms !== null && (hasFailed || secrets.mayChange))
      this.cancelTimer = clock.after(ms, () => this.readSecrets());
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return await done;
  }
}

function refuseOtherFolders(inForce: Configuration, next: Configuration): void {
  for (const key of ['dataDirectory', 'logsDirectory'] as const)
    if (next[key] !== inForce[key])
      throw new SlipwayError('config_invalid', {
        message: `${key === 'dataDirectory' ? 'data' : 'logs'} cannot be changed while the agent runs: it is ${inForce[key]}, the file says ${next[key]}`,
        hint: 'nothing was changed',
        next: 'slipway agent   (after the running one was ended; apps go on meanwhile)',
      });
}

function tellExposed({ say }: InForceOptions, { file, isExposed }: Configuration): void {
  if (file && isExposed)
    say('config.exposed', `${file} holds secrets, and everybody may read it: chmod o-r ${file}`);
}

function isOther(one: unknown, another: unknown): boolean {
  return JSON.stringify(one) !== JSON.stringify(another);
}

function describeSocket({ socket }: Configuration): string {
  if (socket === null) return 'socket: no group has one';
  const { group, role, path } = socket;
  return `socket: members of ${group} may use ${path}, as ${role}; whoever has joined the group since he logged in logs in anew`;
}
