import { HANG_UP } from '../../app/index.ts';
import { type Clock, messageOf, withDeadline } from '../../kernel/index.ts';
import {
  allProcesses,
  type ControlGroup,
  endRun,
  RunProcesses,
  type Runs,
  type StopSettings,
  userOf,
} from '../../supervisor/index.ts';

/** Of the control groups that each shell and each one-off command has of its own. */
export const SHELL_GROUP = 'shell-';

/** As long as an app may be given to end. */
const HOST_PATIENCE_MS = 300_000;

/**
 * Ends what ran in shells and commands of an agent that was killed. What holds each of them does so by itself; where that was
 * killed, too, nobody has yet.
 */
export async function endFormer({
  runs,
  clock,
  log,
}: {
  runs: Runs;
  clock: Clock;
  log: (line: { app: null; type: string; message: string }) => void;
}): Promise<void> {
  const all = runs.containment.current?.all() ?? [];
  const left = all.filter((group) => group.name.startsWith(SHELL_GROUP) && group.isPopulated());
  await Promise.all(
    left.map(async (group) => {
      try {
        const processes = new RunProcesses({ group, main: null, holder: null });
        const empty = (signal: AbortSignal) => processes.untilEmpty({ clock, signal });
        const ms = HOST_PATIENCE_MS;
        // Nobody is to get the signal a second time.
        const isOver = isHeld(group) && (await withDeadline({ ms, clock }, empty)) !== 'late';
        if (!isOver) await endGroup(group, { stop: HANG_UP, clock });
        group.remove();
        log({ app: null, type: 'shell.left', message: 'what was run for a former agent is ended' });
      } catch (error) {
        const message = `what was run for a former agent may still run: ${messageOf(error)}`;
        log({ app: null, type: 'shell.left', message });
      }
    }),
  );
}

/** Ends all that is in a group. */
export async function endGroup(
  group: ControlGroup | null,
  { stop, clock }: { stop: StopSettings; clock: Clock },
): Promise<void> {
  const processes = new RunProcesses({ group, main: null, holder: null });
  await endRun({
    ...{ processes, main: null, exited: Promise.resolve(), stop, clock },
    signalledBeforeMs: null,
  });
}

/** Whether a process of ours outside of it has started one of its own: the one that holds it. */
function isHeld(group: ControlGroup): boolean {
  const inside = new Set(group.pids());
  const parents = allProcesses().flatMap(({ pid, parentPid }) => (inside.has(pid) ? [parentPid] : []));
  return parents.some((pid) => pid > 1 && !inside.has(pid) && userOf(pid) === process.getuid?.());
}
