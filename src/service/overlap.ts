import { formatSize } from '../kernel/index.ts';
import { freeMemoryBytes, type Run } from '../supervisor/index.ts';
import type { ServiceContext } from './context.ts';

/** What is left to others beside the second process, and what that one may need more than the first. */
const SPARE_BYTES = 32 * 1024 * 1024;
const MORE = 1.1;

/**
 * Why an instance has to be stopped before its successor starts; null where both may run for a while, empty where that is not
 * meant to be. The successor is taken to need what the one that runs uses, and so are the `beside` others of the app that have just
 * been started, or are about to be.
 */
export function whyNotOverlap(
  { configuration, runs }: ServiceContext,
  run: Run | null,
  beside: number,
): string | null {
  const { strategy, sparePort } = configuration.rollOut;
  if (strategy !== 'overlap' || sparePort === null || run === null) return '';
  const needBytes = runs.usage(run).memoryBytes * MORE * (1 + beside) + SPARE_BYTES;
  const freeBytes = freeMemoryBytes();
  if (freeBytes >= needBytes) return null;
  const who = beside === 0 ? 'a second process needs' : `${beside + 1} more processes need`;
  return `${formatSize(freeBytes)} of memory are free, and ${who} about ${formatSize(needBytes)}`;
}
