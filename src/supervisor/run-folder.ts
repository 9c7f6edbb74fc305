import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Clock, errnoOf, systemClock, withSpareDescriptor } from '../kernel/index.ts';
import { sinceBootMs } from './age.ts';
import { HOLD, parseExit, parseStart, type StartRecord } from './holder.ts';
import { bootId, isAlive, pidNamespaceOf } from './proc.ts';
import { formatRunId, NOT_HERE, parseRunId, type Run, type RunExit, type RunName } from './run.ts';
import type { ProcessIdentity } from './run-processes.ts';
import { TOOL_ENVIRONMENT } from './tool-environment.ts';

/** A run as its holder has recorded it. */
export interface RecordedRun {
  run: Run;
  /** Null where it is not known, as of a run that a version before has started. */
  holder: ProcessIdentity | null;
}

/**
 * The folder `<data>/run`, in which holders leave `<run id>.start` and `<run id>.exit`. Only the agent's user can write
 * to it. The folder, not the journal, is the truth about which processes there are, so that a full disk or a lost record
 * never costs a process.
 */
export class RunFolder {
  readonly directory: string;
  /** Set once it is known. Records of another folder, which this one was copied from, are none of ours. */
  folderId = '-';
  private readonly clock: Clock;
  private sequence = 0;

  constructor(directory: string, clock: Clock = systemClock) {
    this.directory = directory;
    this.clock = clock;
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    fs.chmodSync(directory, 0o700);
    const hold = path.join(directory, '..', HOLD);
    try {
      if (!fs.existsSync(hold))
        execFileSync('mkfifo', ['-m', '600', hold], { env: TOOL_ENVIRONMENT, stdio: 'ignore' });
    } catch {
      // The disk is full: holders do without, and end with their apps.
    }
  }

  /** The id of a run that is about to be started. */
  newId(name: RunName): string {
    const sequence = (this.sequence++ % 1296).toString(36).padStart(2, '0');
    return formatRunId(name, `${this.clock.now().toString(36)}${sequence}`);
  }

  /** Path of the run's files without their ending. */
  path(id: string): string {
    return path.join(this.directory, id);
  }

  /** The ids of the runs that have a record. */
  ids(): string[] {
    return fs
      .readdirSync(this.directory)
      .filter((file) => file.endsWith('.start'))
      .map((file) => file.slice(0, -'.start'.length));
  }

  hasStart(id: string): boolean {
    return fs.existsSync(`${this.path(id)}.start`);
  }

  /** The record of a run; null where there is none, or it is not whole yet, or belongs to another folder. */
  start(id: string): RecordedRun | null {
    const name = parseRunId(id);
    const record = this.record(id);
    if (!name || !record || record.isForeign) return null;
    const { startedAt } = record;
    // The record of another boot, or of another pid namespace, is kept, but no living process is taken for it.
    const isHere =
      record.bootId === bootId &&
      (record.pidNamespace === null || record.pidNamespace === pidNamespaceOf('self'));
    const process = isHere ? record.main : { pid: record.main.pid, startTicks: NOT_HERE };
    return { run: runOf(id, name, { process, startedAt }), holder: isHere ? record.holder : null };
  }

  /** A run without a record, which a full disk leaves. */
  unrecorded(id: string, name: RunName, process: ProcessIdentity): Run {
    return runOf(id, name, { process, startedAt: this.clock.now() });
  }

  /** Takes away records that were copied from another folder, whose processes are not ours, and ends without a beginning. */
  sweep(): void {
    for (const id of this.ids()) if (this.record(id)?.isForeign) this.remove(id);
    for (const file of fs.readdirSync(this.directory)) {
      const id = file.replace(/\.(exit|signalled)$/, '');
      if (id !== file && !this.hasStart(id)) fs.rmSync(path.join(this.directory, file), { force: true });
    }
  }

  /**
   * Notes that the main process of a run has got its stop signal, so that no later agent sends it once more. Gives how long
   * ago that was where it was noted before. Where there is no room for the note the signal is sent all the same.
   */
  noteSignalled(run: Run): number | null {
    const file = `${this.path(run.id)}.signalled`;
    const now = sinceBootMs();
    try {
      fs.writeFileSync(file, `${bootId} ${now}\n`, { flag: 'wx', mode: 0o600 });
      return null;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') return null;
      const [boot, at] = fs.readFileSync(file, 'latin1').trim().split(' ');
      return boot === bootId && Number(at) > 0 ? Math.max(0, now - Number(at)) : null;
    }
  }

  /** How it ended; null while it lives. Status and signal are null where nobody has left that. */
  exit(run: Run): RunExit | null {
    const file = `${this.path(run.id)}.exit`;
    try {
      const exit = parseExit(withSpareDescriptor(() => fs.readFileSync(file, 'utf8')));
      if (exit)
        return { status: exit.status, signal: signalName(exit.signalNumber), at: fs.statSync(file).mtimeMs };
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    return isAlive(run) ? null : { status: null, signal: null, at: this.clock.now() };
  }

  remove(id: string): void {
    for (const ending of ['.signalled', '.exit', '.start'])
      fs.rmSync(this.path(id) + ending, { force: true });
  }

  private record(id: string): (StartRecord & { isForeign: boolean; startedAt: number }) | null {
    const file = `${this.path(id)}.start`;
    try {
      const record = parseStart(withSpareDescriptor(() => fs.readFileSync(file, 'utf8')));
      if (!record) return null;
      // The same folder may be on a device of another number after a reboot.
      const isForeign =
        record.bootId === bootId && record.folderId !== null && record.folderId !== this.folderId;
      return { ...record, isForeign, startedAt: fs.statSync(file).mtimeMs };
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }
  }
}

function runOf(
  id: string,
  name: RunName,
  { process, startedAt }: { process: ProcessIdentity; startedAt: number },
): Run {
  return {
    id,
    ...name,
    kind: 'full',
    pid: process.pid,
    startTicks: process.startTicks,
    startedAt: Math.round(startedAt),
  };
}

export function signalName(number: number | null): NodeJS.Signals | null {
  if (number === null) return null;
  for (const [name, value] of Object.entries(os.constants.signals))
    if (value === number) return name as NodeJS.Signals;
  return `SIG${number}` as NodeJS.Signals;
}
