import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { errnoOf, messageOf, SlipwayError, sleep } from '../kernel/index.ts';
import { type Holder, type HolderOptions, parseExit, parseStart, spawnHolder } from './holder.ts';
import { allProcesses, bootId, childrenOf, isAlive, parseStat, processStat, variableOf } from './proc.ts';
import { formatRunId, parseRunId, type Run, type RunExit, type RunName } from './run.ts';
import { Starts } from './starts.ts';

/** The end of a run without a holder is seen by looking alone. */
const LOOK_MS = 1000;
/** Of an adopted run the holder is no child of ours: whether it still lives is looked at, seldom. */
const SELDOM_LOOK_MS = 10_000;

const UNKNOWN_PID = -1;

export type LaunchOptions = Omit<HolderOptions, 'runPath'>;

/** A holder that waits for the word. */
export interface StandBy {
  name: RunName;
  /** Once, and not after `discard`. */
  start(): Promise<Run>;
  discard(): void;
  isUsable(): boolean;
}

interface Watched {
  run: Run;
  onExit: (exit: RunExit) => void;
  /** Null once it is gone. */
  holderPid: number | null;
  /** Its end is an event. */
  isHolderOurs: boolean;
}

/**
 * The runs of one agent: the folder `<data>/run`, in which holders leave `<run id>.start` and `<run id>.exit`. The
 * folder, not the journal, is the truth about which processes there are, so that a full disk or a lost record never
 * costs a process.
 */
export class Runs {
  readonly directory: string;
  readonly starts = new Starts();
  private readonly watched = new Map<string, Watched>();
  private readonly starting = new Map<string, () => void>();
  private readonly holders = new Map<string, number>();
  private readonly watcher: fs.FSWatcher;
  private timer: NodeJS.Timeout | null = null;
  private lookMs: number | null = null;
  private sequence = 0;

  constructor(directory: string) {
    this.directory = directory;
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.watcher = fs.watch(directory, (_event, name) => {
      if (name?.endsWith('.start')) this.starting.get(name.slice(0, -'.start'.length))?.();
      if (name?.endsWith('.exit')) this.examine(name.slice(0, -'.exit'.length), false);
    });
  }

  close(): void {
    this.watcher.close();
    if (this.timer) clearInterval(this.timer);
    this.watched.clear();
    this.starting.clear();
  }

  runPath(id: string): string {
    return path.join(this.directory, id);
  }

  /**
   * Starts a process under a holder and resolves once it runs and is recorded.
   * @throws SlipwayError `start_failed`
   */
  async launch(name: RunName, options: LaunchOptions): Promise<Run> {
    return await this.standBy(name, options).start();
  }

  /**
   * Makes a holder that only waits for the word to start its app: the successor of a run that may crash.
   * @throws SlipwayError `start_failed`
   */
  standBy(name: RunName, options: LaunchOptions): StandBy {
    const id = formatRunId(
      name,
      `${Date.now().toString(36)}${(this.sequence++ % 1296).toString(36).padStart(2, '0')}`,
    );
    if (!fs.existsSync(options.cwd))
      throw new SlipwayError('start_failed', {
        message: `${name.app}/${name.unit} has no directory ${options.cwd} to start in`,
      });
    let holder: Holder;
    try {
      holder = spawnHolder({ ...options, runPath: this.runPath(id) });
    } catch (error) {
      throw startFailed(name, messageOf(error));
    }
    const { pid } = holder.process;
    if (pid !== undefined) this.holders.set(id, pid);
    let failure: SlipwayError | null = null;
    holder.process.once('error', (error) => {
      failure = startFailed(name, messageOf(error));
      this.starting.get(id)?.();
    });
    holder.process.once('exit', (code, signal) => {
      failure = startFailed(name, `its holder ended first (${signal ?? `status ${code}`})`);
      this.starting.get(id)?.();
      this.holderEnded(id, signal === null ? code : null);
    });
    const start = () =>
      new Promise<Run>((resolve, reject) => {
        const settle = (run: Run | null) => {
          if (!run && !failure) return;
          clearTimeout(fallback);
          this.starting.delete(id);
          if (run) resolve(run);
          else if (failure) reject(failure);
        };
        this.starting.set(id, () => settle(this.readStart(id)));
        // With a full disk there is no start file: ask the kernel whom the holder has started.
        const fallback = setTimeout(() => settle(this.readStart(id) ?? runOfHolder(id, pid)), 250);
        if (failure) return settle(null);
        holder.stdin.end('\n');
      });
    return { name, start, discard: () => holder.stdin.destroy(), isUsable: () => failure === null };
  }

  /** Calls `onExit` once when the run has ended, which may be at once. */
  watch(run: Run, onExit: (exit: RunExit) => void): void {
    const ours = this.holders.get(run.id);
    // Of an app that has ended, the holder may still be writing how.
    const holderPid = ours ?? (isAlive(run) ? this.parentHolder(run) : UNKNOWN_PID);
    this.watched.set(run.id, { run, onExit, holderPid, isHolderOurs: ours !== undefined });
    this.examine(run.id, true);
    this.schedule();
  }

  unwatch(id: string): void {
    this.watched.delete(id);
  }

  /** Takes the files of an ended run away. */
  forget(id: string): void {
    this.watched.delete(id);
    for (const ending of ['.start', '.exit']) fs.rmSync(this.runPath(id) + ending, { force: true });
  }

  /** Every run that the folder, or the marker of a living process, tells of: what a new agent finds. */
  async found(): Promise<{ run: Run; exit: RunExit | null }[]> {
    await this.holdersSettled();
    const runs = new Map<string, { run: Run; exit: RunExit | null }>();
    for (const file of fs.readdirSync(this.directory)) {
      if (!file.endsWith('.start')) continue;
      const id = file.slice(0, -'.start'.length);
      const run = this.readStart(id);
      if (run) runs.set(id, { run, exit: this.readExit(run) });
    }
    // A run whose start file could not be written (full disk): its session leader bears the marker.
    const marker = path.join(this.directory, '/');
    for (const stat of allProcesses()) {
      if (stat.sessionId !== stat.pid) continue;
      const value = variableOf(stat.pid, 'SLIPWAY_RUN');
      if (!value?.startsWith(marker)) continue;
      const id = value.slice(marker.length);
      const name = parseRunId(id);
      if (name && !runs.has(id)) runs.set(id, { run: runOf(id, name, stat, Date.now()), exit: null });
    }
    return [...runs.values()];
  }

  /** A holder that was started a moment before the agent died has not written its start file yet. */
  private async holdersSettled(): Promise<void> {
    for (let waitMs = 1; waitMs < 500 && this.holdersWithoutStart() > 0; waitMs *= 2) await sleep(waitMs);
  }

  private holdersWithoutStart(): number {
    const ids = allProcesses()
      .filter((stat) => stat.command === 'sh')
      .map((stat) => heldRun(stat.pid, this.directory));
    return ids.filter(
      (id) => id !== null && !this.starting.has(id) && !fs.existsSync(`${this.runPath(id)}.start`),
    ).length;
  }

  private readStart(id: string): Run | null {
    const name = parseRunId(id);
    const file = `${this.runPath(id)}.start`;
    try {
      const start = parseStart(fs.readFileSync(file, 'utf8'));
      const stat = start && parseStat(start.statLine);
      if (!name || !start || !stat) return null;
      // Another boot: keep the record, but let no living process be taken for it.
      if (start.bootId !== bootId)
        return runOf(id, name, { pid: stat.pid, startTicks: -1 }, fs.statSync(file).mtimeMs);
      return runOf(id, name, stat, fs.statSync(file).mtimeMs);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }
  }

  private readExit(run: Run): RunExit | null {
    const file = `${this.runPath(run.id)}.exit`;
    try {
      const exit = parseExit(fs.readFileSync(file, 'utf8'));
      if (exit)
        return { status: exit.status, signal: signalName(exit.signalNumber), at: fs.statSync(file).mtimeMs };
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    return isAlive(run) ? null : { status: null, signal: null, at: Date.now() };
  }

  /**
   * `thorough`: the app is gone a moment before its holder has written how; whether that is still to come is worth a
   * look at all processes only where no event will tell.
   */
  private examine(id: string, thorough: boolean): void {
    const watched = this.watched.get(id);
    if (!watched) return;
    let exit = this.readExit(watched.run);
    if (!exit) return;
    if (isUnknown(exit) && watched.holderPid !== null) {
      if (!thorough || this.holderLives(id)) return;
      // It may have ended between the two looks: then it has left the file.
      exit = this.readExit(watched.run) ?? exit;
    }
    this.watched.delete(id);
    watched.onExit(exit);
  }

  /** The holder has ended: with the app, or before it. */
  private holderEnded(id: string, status: number | null): void {
    this.holders.delete(id);
    const watched = this.watched.get(id);
    if (!watched) return;
    watched.holderPid = null;
    if (isAlive(watched.run)) return this.schedule();
    const exit = this.readExit(watched.run);
    this.watched.delete(id);
    // A full disk leaves no exit file; the holder's own status still says most of it.
    if ((!exit || isUnknown(exit)) && status !== null)
      watched.onExit(
        status > 128
          ? { status: null, signal: signalName(status - 128), at: Date.now() }
          : { status, signal: null, at: Date.now() },
      );
    else watched.onExit(exit ?? { status: null, signal: null, at: Date.now() });
  }

  private holderLives(id: string): boolean {
    return allProcesses().some((stat) => stat.command === 'sh' && isHolderOf(stat.pid, this.runPath(id)));
  }

  /** No timer at all while every run has a holder that is our child. */
  private schedule(): void {
    const all = [...this.watched.values()];
    const next = all.some(({ holderPid }) => holderPid === null)
      ? LOOK_MS
      : all.some(({ isHolderOurs }) => !isHolderOurs)
        ? SELDOM_LOOK_MS
        : null;
    if (next === this.lookMs) return;
    this.lookMs = next;
    if (this.timer) clearInterval(this.timer);
    this.timer = next === null ? null : setInterval(() => this.look(), next).unref();
  }

  private look(): void {
    for (const [id, watched] of this.watched) {
      if (watched.isHolderOurs && watched.holderPid !== null) continue;
      const stat = processStat(watched.run.pid);
      if (stat?.startTicks !== watched.run.startTicks) this.examine(id, true);
      // Once its holder is dead, the app is the child of another.
      else if (stat.parentPid !== watched.holderPid) watched.holderPid = null;
    }
    this.schedule();
  }

  private parentHolder(run: Run): number | null {
    const parentPid = processStat(run.pid)?.parentPid ?? 0;
    return isHolderOf(parentPid, this.runPath(run.id)) ? parentPid : null;
  }
}

function isUnknown(exit: RunExit): boolean {
  return exit.status === null && exit.signal === null;
}

function startFailed(name: RunName, why: string): SlipwayError {
  return new SlipwayError('start_failed', {
    message: `${name.app}/${name.unit} could not be started: ${why}`,
  });
}

function runOf(
  id: string,
  name: RunName,
  process: { pid: number; startTicks: number },
  startedAt: number,
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

function runOfHolder(id: string, holderPid: number | undefined): Run | null {
  const name = parseRunId(id);
  const pid = holderPid === undefined ? undefined : childrenOf(holderPid)?.[0];
  const stat = pid === undefined ? null : processStat(pid);
  return name && stat ? runOf(id, name, stat, Date.now()) : null;
}

function isHolderOf(pid: number, runPath: string): boolean {
  return heldRun(pid, path.dirname(runPath)) === path.basename(runPath);
}

/** Id of the run whose holder the process is, or null. */
function heldRun(pid: number, directory: string): string | null {
  try {
    const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const runPath = words[words.indexOf('slipway-holder') + 1] ?? '';
    return words.includes('slipway-holder') && path.dirname(runPath) === directory
      ? path.basename(runPath)
      : null;
  } catch {
    return null;
  }
}

function signalName(number: number | null): NodeJS.Signals | null {
  if (number === null) return null;
  for (const [name, value] of Object.entries(os.constants.signals))
    if (value === number) return name as NodeJS.Signals;
  return `SIG${number}` as NodeJS.Signals;
}
