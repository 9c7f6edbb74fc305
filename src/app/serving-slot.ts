import type { InstanceRow } from '../journal/index.ts';
import type { Run, RunExit } from '../supervisor/index.ts';

/**
 * Whether the spare slot of a unit is the one that serves, of those that an earlier agent has left. The journal says so; unless
 * there is a run in one slot alone, or it is damaged: then what it has of releases is what links lead to.
 */
export function servesFromSpare(of: {
  row: InstanceRow | null;
  found: readonly { run: Run; exit: RunExit | null }[];
  isDamaged: boolean;
}): boolean {
  const { row, found, isDamaged } = of;
  const living = found.filter(({ exit }) => exit === null).map(({ run }) => run);
  const shown = isDamaged ? living.filter(({ release }) => release === row?.release) : living;
  const [only, second] = shown.length > 0 ? shown : living;
  if (only && (!second || isDamaged)) return only.spare === true;
  return row?.spare ?? false;
}
