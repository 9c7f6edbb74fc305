import { createHash } from 'node:crypto';
import fs from 'node:fs';
import {
  App,
  AppSecrets,
  fingerprintOfLimits,
  type LiveRelease,
  type NodeStatus,
  sweepUploads,
} from '../app/index.ts';
import type { ServiceConfiguration } from '../config/index.ts';
import { forgetRunOnce, isOnDisk, sweepRunOnce } from '../deployment/index.ts';
import type { Connection } from '../otp/index.ts';
import { sweep } from '../release/index.ts';
import { BeamLinks } from './beam-links.ts';
import { serviceCommand, serviceConsole } from './console.ts';
import type { ServiceContext } from './context.ts';
import { foresee, foreseeRelease, scratchDirectory } from './foresee.ts';
import { makeHome } from './home.ts';
import { liveRelease } from './hot-decision.ts';
import { environmentOf, prepareLaunch, showCurrent } from './launch.ts';
import { Liveness } from './liveness.ts';
import { whyNotOverlap } from './overlap.ts';
import { isUnitOf, ServiceProcedure, unitsOf } from './procedure.ts';
import { pruneReleases } from './retention.ts';
import { settingsOf } from './settings.ts';

/** Each instance gets its own: `composeEnvironment`. */
const RESERVED = ['PORT', 'RELEASE_NODE', 'RELEASE_NODE_SUFFIX', 'RELEASE_DISTRIBUTION'];

/** An app of kind `service`: instances run. */
export class Service extends App {
  private readonly links: BeamLinks;
  private readonly liveness: Liveness;

  constructor(base: Omit<ServiceContext, 'secrets'>) {
    const secrets = new AppSecrets(base, RESERVED);
    const context: ServiceContext = Object.assign(base, { secrets: () => secrets.all() });
    const links = new BeamLinks(context);
    super(context, {
      deployment: 'full',
      secrets,
      secretsReach: () => 'its instances are restarted one by one, and have the new value from then on',
      fingerprint: () => fingerprintOf(context.configuration, secrets),
      foreseeUnits: (configuration) => {
        if (configuration.kind !== 'service') throw new Error(`${context.id} is a service`);
        const fingerprint = fingerprintOf(configuration, secrets);
        return unitsOf({ configuration }).map((unit) => ({ unit, fingerprint }));
      },
      console: (instances, unit) => serviceConsole(context, instances, unit),
      command: (argv) => serviceCommand(context, argv),
      cron: {
        live: () => pristineOf(context),
        environment: async () => environmentOf(context, await context.account(), 'cron'),
      },
      instances: {
        units: () => unitsOf(context),
        has: (unit) => isUnitOf(context, unit),
        isOfNone: (worker) => worker === null && context.configuration.replicas === 0,
        settings: (unit, of) => settingsOf(context, unit, of?.spare),
        prepare: (release, of) => prepareLaunch(context, release, of),
        whyNotOverlap: (run, beside) => whyNotOverlap(context, run, beside),
        takenOver: (release, of) => showCurrent(context, release, of),
      },
      procedure: (instances) => {
        links.follow(instances);
        return new ServiceProcedure({ context, instances, links });
      },
      compare: (offer, instances) => foresee(context, { offer, instances, links }),
      compareRelease: (release, instances) => foreseeRelease(context, { release, instances, links }),
      sweep: async () => {
        // A user that the host does not have is told where it is needed.
        if (fs.existsSync(context.layout.root)) await makeHome(context).catch(() => undefined);
        sweepUploads(context, null);
        await sweep(context.layout.release);
        await sweep(scratchDirectory(context));
        await sweepRunOnce(context);
      },
      prune: ({ inUse, freeBytes, instances, consoles }) =>
        pruneReleases(context, {
          inUse,
          freeBytes,
          livingRuns: (unit) => instances.livingRuns(unit),
          hasConsole: (copy) => consoles.isIn(copy),
        }),
      forget: async ({ id, offer }) => {
        await forgetRunOnce(context, id);
        sweepUploads(context, offer);
      },
    });
    // What was on trial and did not take over ends with it.
    this.queue.ended.on(() => {
      for (const unit of unitsOf(context)) this.instances.tryOut(unit, null, 'the deployment has ended');
    });
    this.links = links;
    this.liveness = new Liveness({
      context,
      instances: this.instances,
      isDeploying: () => this.queue.isTouching,
    });
  }

  override async start(found: Parameters<App['start']>[0]): Promise<void> {
    await super.start(found);
    const { context, queue } = this;
    const steps = queue.running === null ? [] : context.journal.tables.steps(queue.running);
    // A share that an earlier agent gave holds for a canary that goes on alone.
    if (!steps.some(({ name, state }) => name === 'canary' && state === 'running'))
      await context.share?.(null);
  }

  override node(unit: string): NodeStatus | null {
    return this.links.status(unit);
  }

  override async connection(unit: string): Promise<Connection> {
    return await this.links.connection(this.instances.row(unit).unit);
  }

  protected override follow(change: { sourceReplaced: boolean }): void {
    this.liveness.reconfigured();
    super.follow(change);
  }

  protected override quiesce(): void {
    super.quiesce();
    this.links.detach();
    this.liveness.stop();
  }
}

/** The live release as it was unpacked: no instance runs in it where each has a copy of its own. */
function pristineOf(context: ServiceContext): LiveRelease | null {
  const live = liveRelease(context);
  if (live === null || !isOnDisk(context, live)) return null;
  return { number: live.number, directory: context.layout.releaseDirectory(live.number, live.version) };
}

function fingerprintOf(configuration: ServiceConfiguration, secrets: AppSecrets): string {
  const { runtime, release, start, inheritEnv, port, env, user, limits, otp } = configuration;
  const variables = Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const set = secrets.list().map(({ name, setAt }) => [name, setAt]);
  return createHash('sha256')
    .update(
      JSON.stringify([
        runtime,
        start,
        inheritEnv,
        port,
        variables,
        user,
        ...fingerprintOfLimits(limits),
        otp.cookie,
        ...(release === null ? [] : [release]),
        ...(otp.names.suffix === '' ? [] : [otp.names.suffix]),
        // Nothing where there are none: what a version before has started had none.
        ...(set.length === 0 ? [] : [set]),
      ]),
    )
    .digest('hex');
}
