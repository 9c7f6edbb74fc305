import fs from 'node:fs';
import path from 'node:path';
import { writeFileDurable } from '../kernel/index.ts';
import { bootId } from './proc.ts';
import { formatRunId, type RunName } from './run.ts';
import type { ProcessIdentity } from './run-processes.ts';

/**
 * Records a process that another supervisor has started as a run of ours: the next agent finds it as it finds those of an
 * earlier agent, moves it into a control group of its own, and watches it by pid and start time, for it has no holder.
 * `dataDirectory`: no agent works in it. False where the process is gone.
 */
export function recordForeignRun(
  dataDirectory: string,
  { name, process }: { name: RunName; process: ProcessIdentity },
): boolean {
  const line = statLine(process);
  if (line === null) return false;
  const folder = path.join(dataDirectory, 'run');
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The same process has the same name, however often it is recorded.
  const id = formatRunId(name, `${process.pid.toString(36)}x${process.startTicks.toString(36)}`);
  writeFileDurable(path.join(folder, `${id}.start`), `${bootId} ${line}\n`);
  return true;
}

function statLine({ pid, startTicks }: ProcessIdentity): string | null {
  try {
    const line = fs.readFileSync(`/proc/${pid}/stat`, 'latin1').trim();
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] === String(startTicks) ? line : null;
  } catch {
    return null;
  }
}
