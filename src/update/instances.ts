import type { AnsweringAgent } from './answer.ts';

/** An instance over an update. */
export interface InstanceOver {
  instance: string;
  /** Null: it had no process. */
  before: number | null;
  after: number | null;
  state: 'same' | 'started again' | 'lost';
}

/**
 * What became of the processes: `lost` is one that lives, and that the new agent does not know. One that has ended by itself
 * meanwhile was started again, as always.
 */
export function compareInstances(before: AnsweringAgent | null, after: AnsweringAgent): InstanceOver[] {
  const now = new Map(after.instances.map(({ instance, pid }) => [instance, pid]));
  return (before?.instances ?? []).map(({ instance, pid }) => {
    const found = now.get(instance) ?? null;
    const isLost = pid !== null && found !== pid && isAlive(pid);
    return {
      instance,
      before: pid,
      after: found,
      state: found === pid ? 'same' : isLost ? 'lost' : 'started again',
    };
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
