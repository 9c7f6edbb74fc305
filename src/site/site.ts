import { createHash } from 'node:crypto';
import path from 'node:path';
import {
  App,
  AppSecrets,
  type Chosen,
  fingerprintOfLimits,
  sweepUploads,
  type VariableChange,
} from '../app/index.ts';
import { type Caller, forgetRunOnce, offerOf, sweepRunOnce } from '../deployment/index.ts';
import { unawaited } from '../kernel/index.ts';
import { sweep } from '../release/index.ts';
import { environmentOf, siteCommand, siteConsole } from './console.ts';
import type { SiteContext } from './context.ts';
import { makeDirectories } from './directories.ts';
import { EnvChange } from './env-change.ts';
import { type Foresight, foresee } from './foresee.ts';
import { groupWritable } from './group-writable.ts';
import { trusting } from './hook-environment.ts';
import { liveRelease } from './live-release.ts';
import { isInMaintenance, setMaintenance } from './maintenance.ts';
import { SiteProcedure } from './procedure.ts';
import { concernsPush } from './push.ts';
import { pruneSite, sweepSite } from './retention.ts';
import { type Stray, strayLink } from './stray-link.ts';
import { unitsOf, workerOf, workers } from './workers.ts';

const FORESEE_TIMEOUT_MS = 300_000;

export type PushAnswer = 'accepted' | 'replayed' | { ignored: string };

/** An app of kind `site`: a directory is switched. Beside what every app has: .env, secrets, cron, maintenance. */
export class Site extends App {
  declare readonly context: SiteContext;
  private readonly env: EnvChange;

  constructor(base: Omit<SiteContext, 'secrets'>) {
    const secrets = new AppSecrets(base);
    const context: SiteContext = Object.assign(base, { secrets: () => secrets.all() });
    const environment = () => environmentOf(context);
    const env = new EnvChange(context);
    super(context, {
      deployment: 'site',
      secrets,
      secretsReach: () =>
        `${context.configuration.workers.length > 0 ? 'workers are restarted one by one, and hooks' : 'hooks'} get the new value from now on`,
      fingerprint: (unit) => fingerprintOf(context, { unit, secrets }),
      foreseeUnits: (configuration) => {
        if (configuration.kind !== 'site') throw new Error(`${context.id} is a site`);
        return unitsOf(configuration).map((unit) => ({
          unit,
          fingerprint: fingerprintOf({ configuration }, { unit, secrets }),
        }));
      },
      console: () => siteConsole(context),
      command: (argv) => siteCommand(context, argv),
      compare: async () => null,
      compareRelease: async () => null,
      cron: {
        live: () => liveRelease(context.layout),
        environment,
        adapt: ({ argv, env }, directory) => ({
          argv: groupWritable(context.configuration, argv),
          env: trusting(context.configuration, env, directory),
        }),
      },
      instances: workers(context, environment),
      procedure: (instances) => new SiteProcedure({ context, instances, env }),
      sweep: async () => {
        env.sweep();
        sweepUploads(context, null);
        await sweepRunOnce(context);
        // What a kill leaves of a file or a link that was about to be renamed.
        const { current, env: dotenv, maintenance, storage, logs, release } = context.layout;
        const ours = [current, dotenv, maintenance, storage, logs, release].map((file) =>
          path.basename(file),
        );
        const shared = context.configuration.shared.map((each) => path.basename(each));
        await sweep(context.layout.root, (name) => [...ours, ...shared].includes(name));
        const account = await context.account().catch(() => null);
        await sweepSite(context, { inUse: [], users: account === null ? [] : [account.uid] });
      },
      prune: async ({ inUse, freeBytes, users }) => await pruneSite(context, { inUse, freeBytes, users }),
      forget: async ({ id, offer }) => {
        await forgetRunOnce(context, id);
        env.sweep();
        sweepUploads(context, offer);
      },
    });
    this.env = env;
  }

  protected override learnSecrets(): void {
    super.learnSecrets();
    try {
      this.env.content();
    } catch {
      // Whoever needs it tells.
    }
  }

  /** @throws SlipwayError `busy`, `secret_invalid`, `usage`, `env_refused`, `key_mismatch`; nothing was changed then */
  async changeEnv(
    change: VariableChange,
    caller: Caller,
  ): Promise<{ deployment: number | null; notes: string[] }> {
    const { queue, row } = this;
    queue.refuseIfBusy('env');
    const prepared = this.env.prepare(change);
    if (prepared === null) return { deployment: null, notes: ['the .env is like that already'] };
    const { live } = row;
    const release = live === null ? null : this.context.journal.tables.release(this.context.key, live);
    if (!release) {
      await this.placeFirst(prepared);
      this.context.tell({
        type: 'env',
        message: `${this.context.id}: the .env was changed by ${caller.actor}`,
      });
      return { deployment: null, notes: ['nothing is live yet: the first deployment gets it'] };
    }
    const offer = { ...offerOf(this.context, release), upload: prepared };
    const deployment = queue.add({ kind: 'env', offer, caller, release: release.number }, () => undefined);
    return { deployment, notes: [] };
  }

  /** Places the first .env, before there is a release, and perhaps a root. */
  private async placeFirst(prepared: string): Promise<void> {
    try {
      await makeDirectories(this.context, () => undefined);
      await this.env.place(prepared);
    } catch (error) {
      this.env.drop(prepared);
      throw error;
    }
  }

  listEnv(): { name: string; value: string }[] {
    return this.env.list();
  }

  setMaintenance(on: boolean, caller: Caller): string {
    const message = setMaintenance(this.context, on);
    this.context.log({ type: 'maintenance', message: `${message} (${caller.actor})` });
    return message;
  }

  /** What `current` leads to where that is not the live release; null while a deployment may be switching it. */
  get stray(): Stray | null {
    const { live } = this.row;
    if (live === null || this.queue.running !== null) return null;
    const { journal, key } = this.context;
    const release = journal.tables.release(key, live);
    return release && strayLink(this.context, release);
  }

  /** `current` leads to a release that is there. */
  get isWhole(): boolean {
    return liveRelease(this.context.layout) !== null;
  }

  get isInMaintenance(): boolean {
    return isInMaintenance(this.context.layout);
  }

  /** What a deployment of that would do. */
  async foresee(chosen: Chosen): Promise<Foresight> {
    const inUse = this.releasesInUse();
    const signal = AbortSignal.timeout(FORESEE_TIMEOUT_MS);
    return await foresee(this.context, { offer: chosen.offer, inUse, signal });
  }

  /** Somebody pushed to the repository: what it has now is looked at, at once. `deliveryKey` is the same for a replay. */
  pushed({ ref, deliveryKey }: { ref: string | null; deliveryKey: string }): PushAnswer {
    const { configuration, journal, key, id, clock, source } = this.context;
    if (configuration.source.type !== 'git') return { ignored: 'releases are sent as archives' };
    if (!concernsPush(configuration.source, ref)) return { ignored: `${ref} is not followed` };
    if (!configuration.auto) return { ignored: 'automatic deployment is off (auto: false)' };
    const isNew = journal.write(`${id}: webhook`, (tables) =>
      tables.addDelivery({ ...key, key: deliveryKey, at: clock.now() }),
    );
    if (!isNew) return 'replayed';
    unawaited(source.look(), `${id}: the look at its source`);
    return 'accepted';
  }
}

function fingerprintOf(
  context: Pick<SiteContext, 'configuration'>,
  options: { unit: string; secrets: AppSecrets },
): string {
  const { inheritEnv, env, user } = context.configuration;
  const variables = Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const { command = [], limits = null } = workerOf(context, options.unit) ?? {};
  const secrets = options.secrets.list().map(({ name, setAt }) => [name, setAt]);
  return createHash('sha256')
    .update(JSON.stringify([inheritEnv, variables, user, command, secrets, ...fingerprintOfLimits(limits)]))
    .digest('hex');
}
