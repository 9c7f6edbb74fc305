import {
  makeLive,
  type PlannedStep,
  type Procedure,
  type Skipped,
  type StepContext,
} from '../deployment/index.ts';
import type { DeploymentKind, ReleaseRow, Tables } from '../journal/index.ts';
import type { Offer } from '../source/index.ts';
import { planEnv, planSite, planSiteBack, planSiteRollback } from './plan.ts';
import { perform, type SiteParts } from './steps.ts';

/** How a site is deployed: a directory is made ready, and `current` switched to it by one rename. */
export class SiteProcedure implements Procedure {
  readonly planBack = planSiteBack;
  private readonly parts: SiteParts;

  constructor(parts: Omit<SiteParts, 'taken'>) {
    this.parts = { ...parts, taken: new Map() };
  }

  plan(kind: DeploymentKind, offer: Offer): PlannedStep[] {
    const { configuration } = this.parts.context;
    const reload = configuration.reload !== null;
    const assets = configuration.assets.length > 0;
    if (kind === 'rollback') return planSiteRollback({ assets, reload });
    if (kind === 'env') return planEnv({ reload });
    return planSite({
      from: offer.upload === null ? 'commit' : 'archive',
      composer: configuration.autoInstallComposer,
      artisan: configuration.autoArtisanMigrations,
      assets,
      reload,
      health: configuration.health,
    });
  }

  observe() {
    return { maxUnavailable: 1, exits: 0, unready: new Set<string>() };
  }

  /** What becomes of workers is no part of a deployment: the switch comes first. */
  watch(_release: ReleaseRow): () => void {
    return () => undefined;
  }

  recordIntention(tables: Tables, step: PlannedStep, { release }: { release: number }): void {
    const { context } = this.parts;
    if (step.name === 'switch') makeLive(tables, context, release);
    if (step.name !== 'workers') return;
    // All of them are started anew: in the release that is live by then, with its .env.
    const live = tables.app(context.key)?.live ?? null;
    for (const row of tables.instances(context.key)) {
      const generation = Math.max(row.generation, row.wantedGeneration) + 1;
      tables.updateInstance(context.key, row.unit, {
        release: live,
        generation,
        wantedGeneration: generation,
      });
    }
  }

  async perform(step: StepContext): Promise<Skipped | void> {
    return await perform({ ...step, ...this.parts });
  }
}
