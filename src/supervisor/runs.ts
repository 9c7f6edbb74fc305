import fs from 'node:fs';
import path from 'node:path';
import { type Clock, Event, FolderWatch, messageOf, SlipwayError, Turns } from '../kernel/index.ts';
import {
  APPS_SCOPE,
  type ControlGroup,
  ControlGroups,
  controllersOf,
  dataFolderId,
  type Limits,
  setLimits,
} from './cgroup/index.ts';
import { ContainedTools } from './contained-tools.ts';
import { endRun, type StopSettings } from './ending.ts';
import { findRuns, oldest } from './find-runs.ts';
import { type Holder, type HolderOptions, NOT_ENTERED, spawnHolder } from './holder.ts';
import { childrenOf, isAlive, processStat } from './proc.ts';
import { formatRunId, parseRunId, type Run, type RunExit, type RunName } from './run.ts';
import { RunFolder, runOf, signalName } from './run-folder.ts';
import { type ProcessIdentity, RunProcesses, send } from './run-processes.ts';
import { Starts } from './starts.ts';
import { oomKillsOf, type Usage, UsageMeter } from './usage.ts';

/** The end of a run without a holder is seen by looking alone. */
const LOOK_MS = 1000;
/** The holder of an adopted run is no child of ours: whether it still lives is looked at, seldom. */
const SELDOM_LOOK_MS = 10_000;
const NO_START_FILE_AFTER_MS = 250;
const EXIT_WRITTEN_WITHIN_MS = 1000;
/** Half a millisecond each. */
const MEASURED_AT_ONCE = 10;

export interface LaunchOptions extends Omit<HolderOptions, 'runPath' | 'folderId' | 'groups' | 'maxFiles'> {
  limits: Limits;
}

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
  /** `ours`: a child of this process, whose end is an event. */
  holder: 'ours' | 'other' | 'gone';
  /** Runs from when the app was gone and its holder had not written how. */
  overdue?: NodeJS.Timeout;
}

/** The runs of one agent: what it starts, what an earlier agent has started, and what they have become. */
export class Runs {
  readonly directory: string;
  readonly starts = new Starts();
  /** What a person should know of. */
  readonly told = new Event<string>();
  readonly stops = new Turns();
  private readonly meter = new UsageMeter();
  private readonly measurements = new Turns();
  /** The runs that are being ended, by id. */
  private readonly ending = new Map<string, Promise<void>>();
  private readonly folder: RunFolder;
  private groups: ControlGroups | null = null;
  private renewing: Promise<void> | null = null;
  /** A run and its holder were ended together, as systemd does when it stops the scope. */
  private isSuspect = false;
  private why: string | null = 'they were not asked for';
  private readonly watched = new Map<string, Watched>();
  private readonly starting = new Map<string, () => void>();
  /** Children of this process. */
  private readonly ownHolders = new Map<string, number>();
  /** The holders of the runs that are known; null where one has none, or nobody knows it. */
  private readonly holders = new Map<string, ProcessIdentity | null>();
  private readonly watcher: FolderWatch;
  private timer: NodeJS.Timeout | null = null;
  private lookMs: number | null = null;
  private sequence = 0;

  constructor(directory: string) {
    this.directory = directory;
    this.folder = new RunFolder(directory);
    this.watcher = new FolderWatch(directory, (name) => {
      if (name.endsWith('.start')) this.starting.get(name.slice(0, -'.start'.length))?.();
      if (name.endsWith('.exit')) this.exitWritten(name.slice(0, -'.exit'.length));
    });
  }

  /**
   * Gives each run a control group from here on, where this host and user can. Else runs are known by their records and
   * their process trees alone: `weakness` says why.
   */
  async contain(): Promise<void> {
    const dataDirectory = path.dirname(this.directory);
    try {
      this.folder.folderId = dataFolderId(dataDirectory);
      this.folder.sweep();
      this.groups = await ControlGroups.open(dataDirectory);
      this.why = null;
      this.groups.sweep((name) => this.folder.hasStart(name));
    } catch (error) {
      this.groups = null;
      this.why = messageOf(error);
    }
  }

  /** Why runs have no control groups; null where they have. */
  get weakness(): string | null {
    return this.why;
  }

  /** Names of the limits that are asked for and cannot be set on this host. */
  unenforced(limits: Limits): string[] {
    return controllersOf(limits).filter((name) => !this.groups?.controllers.has(name));
  }

  close(): void {
    this.watcher.close();
    if (this.timer) clearInterval(this.timer);
    this.watched.clear();
    this.starting.clear();
    this.groups?.close();
  }

  /** A group for what is no run; null where there are no control groups. */
  toolGroup(name: string): ControlGroup | null {
    return this.groups?.group(name) ?? null;
  }

  /** Tools of this name, of which one at a time works. */
  tools(name: string, clock: Clock): ContainedTools {
    return new ContainedTools({
      group: this.toolGroup(name),
      record: this.folder.path(`${name}.tool`),
      clock,
    });
  }

  /**
   * Is awaited before a start, and before its logs are opened: where systemd has ended the scope, what is started is to
   * be in another one.
   */
  async inPlace(): Promise<void> {
    if (this.groups && (this.isSuspect || !this.groups.isKept())) await (this.renewing ??= this.renew());
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
    const { limits, ...launch } = options;
    const { groups } = this;
    let holder: Holder;
    try {
      holder = spawnHolder({
        ...launch,
        runPath: this.folder.path(id),
        folderId: this.folder.folderId,
        groups: this.makeGroup(id, limits),
        maxFiles: limits.files,
      });
    } catch (error) {
      this.groups?.group(id).remove();
      throw startFailed(name, messageOf(error));
    }
    const { pid } = holder.process;
    if (pid !== undefined) this.ownHolders.set(id, pid);
    let failure: SlipwayError | null = null;
    const fail = (why: string) => {
      failure = startFailed(name, why);
      this.starting.get(id)?.();
    };
    holder.process.once('error', (error) => fail(messageOf(error)));
    holder.process.once('exit', (code, signal) => {
      fail(
        code === NOT_ENTERED
          ? 'it could not enter its control group, or have its limits; its output says why'
          : `its holder ended first (${signal ?? `status ${code}`})`,
      );
      this.holderEnded(id, signal === null ? code : null);
    });
    const started = Promise.withResolvers<Run>();
    const settle = (run: Run | null) => {
      if (!run && !failure) return;
      this.starting.delete(id);
      if (run) started.resolve(run);
      else if (failure) {
        // Its holder may have been killed between the start and the record.
        this.groups?.group(id).kill();
        this.forget(id);
        started.reject(failure);
      }
    };
    return {
      name,
      start: async () => {
        const look = () => settle(this.readStart(id));
        this.starting.set(id, look);
        // A full disk leaves no start file: ask the kernel whom the holder has started.
        const fallback = setInterval(
          () => settle(this.readStart(id) ?? this.runOfHolder(id, pid)),
          NO_START_FILE_AFTER_MS,
        );
        if (!failure) holder.stdin.end('\n');
        look();
        return await started.promise.finally(() => clearInterval(fallback));
      },
      discard: () => {
        holder.stdin.destroy();
        if (failure) void this.removeWhenEmpty(id);
        else holder.process.once('exit', () => void this.removeWhenEmpty(id));
      },
      // What stands by in a scope that has ended ends with it.
      isUsable: () => failure === null && this.groups === groups,
    };
  }

  /** Calls `onExit` once when the run has ended, which may be at once. */
  watch(run: Run, onExit: (exit: RunExit) => void): void {
    const holder = this.ownHolders.has(run.id) ? 'ours' : this.holderLives(run.id) ? 'other' : 'gone';
    this.watched.set(run.id, { run, onExit, holder });
    this.examine(run.id);
    this.schedule();
  }

  unwatch(id: string): void {
    clearTimeout(this.watched.get(id)?.overdue);
    this.watched.delete(id);
  }

  /** What the run uses, with all that it has started: now, or in the last second. */
  usage(run: Run, clock: Clock): Usage {
    const recent = this.meter.recent(run, clock);
    if (recent) return recent;
    const group = this.groups?.group(run.id) ?? null;
    return this.meter.read(run, { group, processes: this.processes(run), clock });
  }

  /** Reads what these use in turns: of two hundred at once nothing else would be seen for a quarter of a second. */
  async measure(runs: readonly Run[], clock: Clock): Promise<void> {
    const unknown = runs.filter((run) => this.meter.recent(run, clock) === null);
    for (const [index, run] of unknown.entries()) {
      if (index % MEASURED_AT_ONCE === 0) await this.measurements.next();
      this.usage(run, clock);
    }
  }

  /** Processes of the run that the kernel has killed for want of memory, as far as its control group counts them. */
  oomKills(run: Run): number {
    return oomKillsOf(this.groups?.group(run.id) ?? null);
  }

  /** Everything that the run has started and that still lives. */
  processes(run: Run): RunProcesses {
    return new RunProcesses({
      group: this.groups?.group(run.id) ?? null,
      main: run,
      holder: this.holders.get(run.id) ?? null,
    });
  }

  /**
   * Ends the run, or what it has left where its main process has ended, and forgets it. Resolves when nothing is left.
   * `exited`: resolves when its main process has ended, where somebody watches it.
   */
  async end(
    run: Run,
    { stop, clock, exited }: { stop: StopSettings; clock: Clock; exited?: Promise<unknown> },
  ): Promise<void> {
    // Asked for twice, it is ended once: nobody gets a signal a second time.
    const ending = this.ending.get(run.id) ?? this.endOnce(run, { stop, clock, exited });
    this.ending.set(run.id, ending);
    await ending.finally(() => this.ending.delete(run.id));
  }

  private async endOnce(
    run: Run,
    { stop, clock, exited }: { stop: StopSettings; clock: Clock; exited?: Promise<unknown> | undefined },
  ): Promise<void> {
    const lives = isAlive(run);
    const ended = exited ?? (lives ? this.untilExit(run) : Promise.resolve());
    // An agent that ended in the midst of a stop has begun the grace.
    const signalledBeforeMs = lives ? this.folder.noteSignalled(run) : null;
    await endRun({
      ...{ processes: this.processes(run), main: lives ? run : null, exited: ended, stop, clock },
      signalledBeforeMs,
    });
    await ended;
  }

  /** Takes an ended run away: its files, its control group, and the holder that waited for somebody to look at it. */
  forget(id: string): void {
    this.unwatch(id);
    const holder = this.holders.get(id) ?? processStat(this.ownHolders.get(id) ?? 0);
    if (holder) send(holder, 'SIGKILL');
    this.holders.delete(id);
    this.meter.forget(id);
    this.folder.remove(id);
    this.groups?.group(id).remove();
  }

  /** Every run that a record, or a control group with a process in it, tells of: what a new agent finds. */
  async found(): Promise<{ run: Run; exit: RunExit | null }[]> {
    const isOurs = (id: string) => this.ownHolders.has(id);
    const found = await findRuns({ folder: this.folder, groups: this.groups, isOurs });
    for (const { run, holder } of found) this.holders.set(run.id, holder);
    return found.map(({ run }) => ({ run, exit: this.folder.exit(run) }));
  }

  private makeGroup(id: string, limits: Limits): HolderOptions['groups'] {
    if (!this.groups) return null;
    const run = this.groups.group(id);
    this.groups.holders.make();
    run.make();
    setLimits(run, limits, this.groups.controllers);
    return { run, holders: this.groups.holders };
  }

  /** systemd ended the scope: what is started from now on is to be in another one. */
  private async renew(): Promise<void> {
    try {
      const groups = await ControlGroups.open(path.dirname(this.directory));
      this.isSuspect = false;
      if (!groups.isScopeNew) return;
      this.groups = groups;
      this.told.emit(`${APPS_SCOPE} has been stopped, with all that was in it; it was made again`);
    } catch (error) {
      // Better without groups than not at all.
      this.groups = null;
      this.why = messageOf(error);
      this.told.emit(`runs are started without control groups: ${this.why}`);
    } finally {
      this.renewing = null;
    }
  }

  /** Removes the group of a run that never was: what waited in it is about to end. */
  private async removeWhenEmpty(id: string): Promise<void> {
    const group = this.groups?.group(id);
    await group?.untilEmpty().catch(() => undefined);
    group?.remove();
  }

  private readStart(id: string): Run | null {
    const recorded = this.folder.start(id);
    if (!recorded) return null;
    this.holders.set(id, recorded.holder);
    return recorded.run;
  }

  private exitWritten(id: string): void {
    this.starting.get(id)?.();
    this.examine(id);
  }

  private examine(id: string, isOverdue = false): void {
    const watched = this.watched.get(id);
    if (!watched) return;
    let exit = this.folder.exit(watched.run);
    if (!exit) return;
    if (isUnknown(exit) && !isOverdue) {
      // The app is gone a moment before its holder has written how.
      if (this.holderLives(id)) {
        watched.overdue ??= setTimeout(() => this.examine(id, true), EXIT_WRITTEN_WITHIN_MS).unref();
        return;
      }
      // It may have ended between the two looks: then it has left the file.
      exit = this.folder.exit(watched.run) ?? exit;
    }
    this.unwatch(id);
    if (isUnknown(exit)) this.isSuspect = this.groups !== null;
    watched.onExit(exit);
  }

  /** The holder has ended: for there was no room to write how the app ended, or before it. */
  private holderEnded(id: string, status: number | null): void {
    this.ownHolders.delete(id);
    const watched = this.watched.get(id);
    if (!watched) return;
    watched.holder = 'gone';
    if (isAlive(watched.run)) return this.schedule();
    const exit = this.folder.exit(watched.run) ?? { status: null, signal: null, at: Date.now() };
    this.unwatch(id);
    // A full disk leaves no exit file; the holder's own status still says most of it.
    if (isUnknown(exit) && status !== null)
      watched.onExit(status > 128 ? { ...exit, signal: signalName(status - 128) } : { ...exit, status });
    else {
      if (isUnknown(exit)) this.isSuspect = this.groups !== null;
      watched.onExit(exit);
    }
  }

  private holderLives(id: string): boolean {
    const holder = this.holders.get(id);
    return holder ? isAlive(holder) : false;
  }

  private async untilExit(run: Run): Promise<void> {
    const before = this.watched.get(run.id);
    await new Promise<void>((resolve) => {
      this.watch(run, (exit) => {
        before?.onExit(exit);
        resolve();
      });
    });
  }

  /** No timer at all while every run has a holder that is our child. */
  private schedule(): void {
    const all = new Set([...this.watched.values()].map(({ holder }) => holder));
    const next = all.has('gone') ? LOOK_MS : all.has('other') ? SELDOM_LOOK_MS : null;
    if (next === this.lookMs) return;
    this.lookMs = next;
    if (this.timer) clearInterval(this.timer);
    this.timer = next === null ? null : setInterval(() => this.look(), next).unref();
  }

  private look(): void {
    for (const [id, watched] of this.watched) {
      if (watched.holder === 'other' && !this.holderLives(id)) watched.holder = 'gone';
      if (watched.holder !== 'ours' && !isAlive(watched.run)) this.examine(id);
    }
    this.schedule();
  }

  private runOfHolder(id: string, holderPid: number | undefined): Run | null {
    const name = parseRunId(id);
    const holder = holderPid === undefined ? null : processStat(holderPid);
    const stat = holder ? oldest(childrenOf(holder.pid).map(processStat)) : null;
    if (!name || !stat) return null;
    this.holders.set(id, holder);
    return runOf(id, name, { process: stat, startedAt: Date.now() });
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
