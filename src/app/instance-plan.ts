import type { ReleaseRow } from '../journal/index.ts';
import type { InstanceSettings, InstanceState, Launch } from '../supervisor/index.ts';

/** What the instances of an app are: as the configuration in force has it at the moment of each call. */
export interface InstancePlan {
  /** Their names, in order: `1`, `2` of a service; `queue.1` of a site's worker. */
  units(): string[];
  /** Whether it is one of them, without a look at all. */
  has(unit: string): boolean;
  /** Whether 0 replicas of it are configured: of a worker, or, with null, of all there is. */
  isOfNone(worker: string | null): boolean;
  settings(unit: string): InstanceSettings;
  /** Puts the release in its place for the unit, and says how it is started. */
  prepare(release: ReleaseRow, of: { unit: string; livingRun: string | null }): Promise<Launch>;
}

export interface InstanceChange {
  unit: string;
  before: InstanceState;
  after: InstanceState;
}

export interface InstanceCrash {
  unit: string;
  release: number;
  reason: string;
}
