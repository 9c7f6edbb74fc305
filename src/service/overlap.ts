import { formatSize } from '../kernel/index.ts';
import { freeMemoryBytes, type Run } from '../supervisor/index.ts';
import type { ServiceContext } from './context.ts';

/** What is left to others beside the second process, and what that one may need more than the first. */
const SPARE_BYTES = 32 * 1024 * 1024;
const MORE = 1.1;

/**
 * Why an instance has to be stopped before its successor starts; null where both may run for a while, empty where that is not
 * meant to be. The successor is taken to need what the one that runs uses.
 */
export function whyNotOverlap({ configuration, runs }: ServiceContext, run: Run | null): string | null {
  const { strategy, sparePort } = configuration.rollOut;
  if (strategy !== 'overlap' || sparePort === null || run === null) return '';
  const needBytes = runs.usage(run).memoryBytes * MORE + SPARE_BYTES;
  const freeBytes = freeMemoryBytes();
  if (freeBytes >= needBytes) return null;
  return `${formatSize(freeBytes)} of memory are free, and a second process needs about ${formatSize(needBytes)}`;
}
