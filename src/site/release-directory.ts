import fs from 'node:fs';
import type { StepContext } from '../deployment/index.ts';
import type { SiteContext } from './context.ts';

type Step = Pick<StepContext, 'deployment' | 'release' | 'goBackTo'> & { context: SiteContext };

/** The directory of the release that the deployment makes, or goes to. */
export function directoryOf({ context, release }: Pick<Step, 'context' | 'release'>): string {
  return context.layout.releaseDirectory(release.number, release.version);
}

export function directoryOfNumber({ context }: Pick<Step, 'context'>, number: number | null): string | null {
  const { layout, journal, key } = context;
  const release = number === null ? null : journal.tables.release(key, number);
  return release && layout.releaseDirectory(release.number, release.version);
}

/** Which copy of a hook runs, that of the new release or of the live one, tells docs/sites.md, "What a deployment does". */
export function hookDirectory(step: Step, name: string): string | null {
  const former = directoryOfNumber(step, step.deployment.liveBefore);
  if (name === 'before.pull' || name.startsWith('rollback/') || name.startsWith('config/')) return former;
  const made = directoryOf(step);
  return name === 'deploy.failure' && !fs.existsSync(made) ? former : made;
}

/**
 * The directory of the release that is live when the hook has ended, or is to be: without it there is nothing to go on
 * with.
 */
export function neededDirectory(step: Step, name: string): string | null {
  if (name === 'deploy.failure') return directoryOfNumber(step, step.goBackTo ?? step.deployment.liveBefore);
  return name.startsWith('rollback/') ? directoryOf(step) : hookDirectory(step, name);
}
