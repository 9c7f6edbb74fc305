import type { DeploymentKind, DeploymentRow, ReleaseRow, Tables } from '../journal/index.ts';
import type { Event, LeftOut } from '../kernel/index.ts';
import type { Offer } from '../source/index.ts';
import type { PlannedStep } from './plan.ts';
import type { PlanBack, Progress, ProgressEvent } from './state.ts';

export interface StepContext {
  deployment: DeploymentRow;
  release: ReleaseRow;
  offer: Offer;
  planned: PlannedStep;
  position: number;
  signal: AbortSignal;
  /** The release that the way back goes to; null where nothing ran before. */
  goBackTo: number | null;
  say(line: string): void;
  /** A person's word that it may go on. */
  promotion: {
    /** Who has given it; null: nobody yet. */
    by(): string | null;
    changed: Event<void>;
    /** It goes on with that word alone from here. */
    waits(): void;
  };
  /** What comes next and nobody needs. */
  leaveOut(leftOut: LeftOut): void;
  /** Tells the deployment what the step has found out. */
  dispatch(event: ProgressEvent): void;
}

/** What a step comes to that neither throws nor ends as `succeeded`. */
export interface Skipped {
  skipped: string;
}

/** What of a deployment is particular to the kind of app: the queue and the runner do the rest. */
export interface Procedure {
  plan(kind: DeploymentKind, offer: Offer): PlannedStep[];
  readonly planBack: PlanBack;
  /** Tells where a deployment stands, beside its steps, by what is on this host now. */
  observe(
    deployment: DeploymentRow,
    release: ReleaseRow,
  ): Pick<Progress, 'maxUnavailable' | 'exits' | 'unready'>;
  /** Tells the deployment what happens to the processes meanwhile. Returns how to end that. */
  watch(release: ReleaseRow, dispatch: (event: ProgressEvent) => void): () => void;
  /** Journals what the step is about to change, in the entry that says that it begins. */
  recordIntention(
    tables: Tables,
    step: PlannedStep,
    target: { deployment: number; release: number; goBackTo: number | null },
  ): void;
  /**
   * Does the step. Every one may be begun again after a crash in its middle: it finds what was done, and does the rest.
   * One that throws has failed.
   */
  perform(step: StepContext): Promise<Skipped | void>;
}
