import { abreast, type Instances, whyNotUp } from '../app/index.ts';
import {
  makeLive,
  type PlannedStep,
  type Procedure,
  type ProgressEvent,
  type Skipped,
  type StepContext,
} from '../deployment/index.ts';
import type { DeploymentKind, DeploymentRow, ReleaseRow, Tables } from '../journal/index.ts';
import { Turns } from '../kernel/index.ts';
import type { Offer } from '../source/index.ts';
import type { InstanceState } from '../supervisor/index.ts';
import { keepAsking } from './asking.ts';
import type { BeamLinks } from './beam-links.ts';
import { hasCopies, type ServiceContext } from './context.ts';
import { InPlace } from './in-place.ts';
import { planFull, planServiceBack, planServiceRollback } from './plan.ts';
import { perform } from './steps.ts';

/** How a service is deployed: instance after instance, and proven by staying ready. */
export class ServiceProcedure implements Procedure {
  readonly planBack = planServiceBack;
  private readonly context: ServiceContext;
  private readonly instances: Instances;
  private readonly links: BeamLinks;
  private readonly inPlace: InPlace;
  private readonly turns = new Turns();

  constructor(parts: { context: ServiceContext; instances: Instances; links: BeamLinks }) {
    this.context = parts.context;
    this.instances = parts.instances;
    this.links = parts.links;
    this.inPlace = new InPlace(parts);
  }

  plan(kind: DeploymentKind, offer: Offer): PlannedStep[] {
    const { configuration } = this.context;
    const units = unitsOf(this.context);
    const copies = hasCopies(configuration);
    return kind === 'rollback'
      ? planServiceRollback({ units, copies })
      : planFull({
          units,
          copies,
          canary: configuration.canary !== null,
          preCommands: offer.preCommands,
        });
  }

  observe(deployment: DeploymentRow, release: ReleaseRow) {
    const { instances } = this;
    const { journal, key, configuration } = this.context;
    const rolledOut = journal.tables
      .steps(deployment.id)
      .filter((step) => step.name === 'roll-out' && step.state === 'succeeded')
      .flatMap(({ unit }) => unit ?? []);
    return {
      // If nothing is live, there is nothing to keep available.
      maxUnavailable:
        deployment.liveBefore === null
          ? Math.max(1, configuration.replicas)
          : deployment.hot
            ? 1
            : this.batch(),
      exits: journal.tables.unexpectedExits(key, release.number, deployment.runsBefore ?? 0),
      unready: new Set(
        rolledOut.filter(
          (unit) =>
            instances.has(unit) && !instances.isStopped(unit) && !instances.isReadyWith(unit, release.number),
        ),
      ),
    };
  }

  /** Where memory is short for so many successors at once, those that are too many would be stopped first. */
  private batch(): number {
    const { strategy, batch } = this.context.configuration.rollOut;
    if (strategy !== 'overlap') return batch;
    const whyNotOverlap = (unit: string, beside: number) => this.instances.whyNotOverlap(unit, beside);
    return Math.max(1, abreast(unitsOf(this.context), { most: batch, whyNotOverlap }).length);
  }

  watch(release: ReleaseRow, dispatch: (event: ProgressEvent) => void): () => void {
    const { context, instances } = this;
    const lost = (unit: string, reason: string) => dispatch({ type: 'instance_lost', unit, reason });
    const offs = [
      keepAsking({ context, instances, release: release.number, lost }),
      this.instances.crashed.on(({ unit, release: number, reason }) => {
        if (number === release.number) dispatch({ type: 'unexpected_exit', unit, reason });
      }),
      this.instances.transitioned.on(({ unit, before, after }) => {
        const instance = instances.comingUp(unit);
        if (instance && isLost(instance.state, release.number))
          lost(unit, `${context.id}/${unit}: ${whyNotUp(instance)}`);
        if (before.phase.name === 'ready' && after.phase.name !== 'ready')
          dispatch({ type: 'instance_unready', unit });
        if (after.phase.name === 'ready' && before.phase.name !== 'ready')
          dispatch({ type: 'instance_ready', unit });
      }),
    ];
    return () => {
      for (const off of offs) off();
    };
  }

  recordIntention(
    tables: Tables,
    step: PlannedStep,
    { deployment, release, goBackTo }: { deployment: number; release: number; goBackTo: number | null },
  ): void {
    const { key } = this.context;
    if (step.name === 'prove') makeLive(tables, this.context, release);
    // Changed in place, either way, an instance is to be started with what it runs until the other release is permanent.
    if (step.unit === null || tables.deployment(deployment)?.hot) return;
    const row = tables.instance(key, step.unit);
    if (row && step.name === 'roll-out')
      tables.updateInstance(key, row.unit, { release, generation: row.wantedGeneration });
    if (row && step.name === 'roll-back') tables.updateInstance(key, row.unit, { release: goBackTo });
  }

  async perform(step: StepContext): Promise<Skipped | void> {
    // Two hundred instances may begin at once.
    await this.turns.next();
    step.signal.throwIfAborted();
    const { context, instances, links, inPlace } = this;
    return await perform({ ...step, context, instances, links, inPlace });
  }
}

/** Whether an instance will not be ready with the release: it was given up, or its health is bad though it came up. */
function isLost({ phase, wanted }: InstanceState, release: number): boolean {
  if (phase.name === 'failed') return wanted.release === release;
  return phase.name === 'unready' && phase.toldBy === 'health' && phase.run.release === release;
}

/** The instances of a service, numbered from 1. */
export function unitsOf(context: Pick<ServiceContext, 'configuration'>): string[] {
  return Array.from({ length: context.configuration.replicas }, (_, index) => String(index + 1));
}

export function isUnitOf(context: ServiceContext, unit: string): boolean {
  return /^[1-9]\d*$/.test(unit) && Number(unit) <= context.configuration.replicas;
}
