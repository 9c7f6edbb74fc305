import type { Backend, DeploymentWithSteps, Input, Plan } from '../../api/index.ts';
import {
  type App,
  deploy,
  type Foreseen,
  planDeploy,
  planRollback,
  receiveUpload,
  rollback,
} from '../../app/index.ts';
import type { PlannedStep } from '../../deployment/index.ts';
import type { DeploymentRow } from '../../journal/index.ts';
import { SlipwayError } from '../../kernel/index.ts';
import { Site } from '../../site/index.ts';
import { presentComparison, presentDeployment, presentStep } from '../present.ts';
import { presentForesight } from '../present-site.ts';
import { stream } from '../stream.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<
  Backend,
  | 'deployments'
  | 'deployment'
  | 'followDeployment'
  | 'planDeploy'
  | 'planRollback'
  | 'deploy'
  | 'rollback'
  | 'cancel'
  | 'promote'
  | 'receiveUpload'
>;

/** The largest archive of a service, which has no setting of its own for it. */
const UPLOAD_MAX_BYTES = 512 * 1024 ** 2;

export function deploymentOperations({ apps, clock, journal }: HostOptions): Operations {
  function deployment(id: number): DeploymentWithSteps {
    const { row, app, label } = find(id);
    const now = clock.now();
    const steps = journal.tables.steps(id).map((step) =>
      presentStep(step, {
        app: label,
        now,
        output: app?.queue.liveOutput(id, step.position) ?? null,
        lastedMs: step.state === 'running' ? (app?.queue.lastedMs(id, step.position) ?? null) : null,
      }),
    );
    return { ...presentDeployment(label, row), waits_for: waitsFor(app, id), steps };
  }

  /** `label`: the id of its app, also where that is not configured any more, and `app` is null. */
  function find(id: number): { row: DeploymentRow; app: App | null; label: string } {
    const row = journal.tables.deployment(id);
    if (!row)
      throw new SlipwayError('deployment_unknown', {
        message: `there is no deployment ${id}`,
        next: 'slipway deployments <app>',
      });
    const app = apps
      .all()
      .find(({ context }) => context.key.name === row.name && context.key.environment === row.environment);
    return { row, app: app ?? null, label: app?.context.id ?? `${row.name}@${row.environment}` };
  }

  return {
    deployments(app, page) {
      const { id, key } = apps.known(app);
      return journal.tables.pageOfDeployments(key, page).map((row) => presentDeployment(id, row));
    },
    deployment,
    followDeployment: (id, signal) => follow({ id, app: find(id).app, look: () => deployment(id) }, signal),
    async planDeploy(asked) {
      const app = apps.find(asked.app);
      return await app.automatic.holdDuring(() => plan(app, asked));
    },
    async deploy(asked) {
      const { id, notes } = await deploy(apps.find(asked.app), asked);
      return { deployment: id, notes };
    },
    async planRollback({ app: id, to }) {
      const app = apps.find(id);
      const { release, steps, comparison } = await planRollback(app, to);
      return {
        app: app.context.id,
        version: release.version,
        kind: 'rollback',
        pins: true,
        notes: lingeringNotes(comparison),
        site: null,
        upgrade: comparison && presentComparison(app.context.id, comparison),
        steps: presentPlanned(app, steps),
      };
    },
    async rollback(asked) {
      const { id, notes } = rollback(apps.find(asked.app), asked);
      return { deployment: id, notes };
    },
    async cancel({ id, caller }) {
      const { row, app } = find(id);
      if (!app)
        throw new SlipwayError('app_unknown', {
          message: `the app of deployment ${id} is no longer configured`,
        });
      return { message: await app.queue.cancel(row, caller) };
    },
    async promote({ id, caller }) {
      const { row, app } = find(id);
      if (!app)
        throw new SlipwayError('app_unknown', {
          message: `the app of deployment ${id} is no longer configured`,
        });
      return { message: app.queue.promote(row, caller) };
    },
    async receiveUpload({ app, body, sizeBytes: announced }) {
      const { context } = apps.find(app);
      const { configuration } = context;
      const maxSizeBytes =
        configuration.kind === 'site' ? configuration.upload.maxSizeBytes : UPLOAD_MAX_BYTES;
      const received = await receiveUpload(context, { body, sizeBytes: announced, maxSizeBytes });
      return { upload: received.id, size_bytes: received.sizeBytes, sha256: received.sha256 };
    },
  };
}

/** What a person has to do, for it to go on. */
function waitsFor(app: App | null, id: number): string | null {
  return app?.queue.waitsForPerson === id ? `slipway promote ${id}` : null;
}

async function plan(app: App, asked: Input<'planDeploy'>): Promise<Plan> {
  const planned = await planDeploy(app, { ...asked, upload: null, signature: null });
  const { offer, kind, steps, pins, notes, comparison } = planned;
  const foresight = app instanceof Site ? await app.foresee(planned) : null;
  return {
    app: app.context.id,
    version: offer.version,
    kind,
    pins,
    notes: [...notes, ...lingeringNotes(comparison)],
    site: foresight ? presentForesight(foresight) : null,
    upgrade: comparison && presentComparison(app.context.id, comparison),
    steps: presentPlanned(app, steps),
  };
}

function lingeringNotes(comparison: Foreseen | null): string[] {
  return comparison?.kind === 'hot' ? comparison.lingering.map(({ text }) => text) : [];
}

function presentPlanned(app: App, steps: readonly PlannedStep[]): Plan['steps'] {
  return steps.map(({ name, unit, argument }) => ({
    name: argument === null ? name : `${name}: ${argument}`,
    instance: unit === null ? null : `${app.context.id}/${unit}`,
  }));
}

/** Now and after each of its changes; ends when it has ended. */
async function* follow(
  { id, app, look }: { id: number; app: App | null; look: () => DeploymentWithSteps },
  signal: AbortSignal,
): AsyncGenerator<DeploymentWithSteps> {
  const now = look();
  yield now;
  if (hasEnded(now) || !app) return;
  let isWaiting = false;
  const changes = stream<void>(signal, (push, end) => {
    let pending = false;
    const tell = () => {
      pending = false;
      // A slow reader gets the newest state, not each one that it missed.
      if (!isWaiting) push();
      isWaiting = true;
      if (hasEnded(look())) end();
    };
    const off = app.queue.progressed.on((changed) => {
      // Many changes of one turn are one.
      if (changed !== id || pending) return;
      pending = true;
      setImmediate(tell);
    });
    tell();
    return off;
  });
  for await (const _ of changes) {
    isWaiting = false;
    yield look();
  }
  if (!signal.aborted) yield look();
}

function hasEnded({ state }: { state: string }): boolean {
  return state !== 'queued' && state !== 'running';
}
