import path from 'node:path';
import { type Clock, FolderWatch, systemClock, Turns } from '../kernel/index.ts';
import { dataFolderId } from './cgroup/index.ts';
import { ContainedTools } from './contained-tools.ts';
import { Containment } from './containment.ts';
import { endRun, type StopSettings } from './ending.ts';
import { ExitWatch } from './exit-watch.ts';
import { findRuns } from './find-runs.ts';
import { Holders } from './holders.ts';
import { Launches, type LaunchOptions, type StandBy } from './launches.ts';
import { isAlive } from './proc.ts';
import type { Run, RunExit, RunName } from './run.ts';
import { RunFolder } from './run-folder.ts';
import { RunProcesses } from './run-processes.ts';
import { Starts } from './starts.ts';
import { oomKillsOf, type Usage, UsageMeter } from './usage.ts';

/** Half a millisecond each. */
const MEASURED_AT_ONCE = 10;

/** The runs of one agent: what it starts, what an earlier agent has started, and what they have become. */
export class Runs {
  readonly directory: string;
  readonly starts: Starts;
  readonly stops = new Turns();
  /** What stands by to become the next run of an instance. */
  readonly successors = new Set<StandBy>();
  private readonly clock: Clock;
  private readonly folder: RunFolder;
  readonly containment: Containment;
  private readonly holders = new Holders();
  private readonly launches: Launches;
  readonly exits: ExitWatch;
  private readonly watcher: FolderWatch;
  private readonly meter = new UsageMeter();
  private readonly measurements = new Turns();
  /** The runs that are being ended, by id. */
  private readonly ending = new Map<string, Promise<void>>();

  constructor(directory: string, clock: Clock = systemClock) {
    this.directory = directory;
    this.clock = clock;
    this.starts = new Starts({ clock });
    this.folder = new RunFolder(directory, clock);
    this.containment = new Containment(directory);
    const { folder, containment, holders } = this;
    this.exits = new ExitWatch({ folder, holders, onUnknownExit: () => containment.suspect() });
    this.launches = new Launches({
      ...{ folder, containment, holders },
      onHolderEnded: (id, status) => {
        holders.noteExit(id);
        this.exits.holderEnded(id, status);
      },
      forget: (id) => this.forget(id),
    });
    this.watcher = new FolderWatch(directory, (name) => {
      const id = name.replace(/\.(start|exit)$/, '');
      if (id === name) return;
      this.launches.look(id);
      if (name.endsWith('.exit')) this.exits.examine(id);
    });
  }

  /**
   * Gives each run a control group from here on, where this host and user can. Else runs are known by their records and
   * their process trees alone: `containment.weakness` says why.
   */
  async contain(): Promise<void> {
    try {
      this.folder.folderId = dataFolderId(path.dirname(this.directory));
      this.folder.sweep();
    } catch (error) {
      return this.containment.giveUp(error);
    }
    await this.containment.open((id) => this.folder.hasStart(id));
  }

  close(): void {
    this.watcher.close();
    this.exits.close();
    this.launches.close();
    this.containment.close();
  }

  /** Tools of this name, of which one at a time works. */
  tools(name: string): ContainedTools {
    return new ContainedTools({
      group: this.containment.group(name),
      record: this.folder.path(`${name}.tool`),
      clock: this.clock,
    });
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
    return this.launches.standBy(name, options);
  }

  /** What the run uses, with all that it has started: now, or in the last second. */
  usage(run: Run): Usage {
    const { clock } = this;
    const recent = this.meter.recent(run, clock);
    if (recent) return recent;
    const group = this.containment.group(run.id);
    return this.meter.read(run, { group, processes: this.processes(run), clock });
  }

  /** Reads what these use in turns: of two hundred at once nothing else would be seen for a quarter of a second. */
  async measure(runs: readonly Run[]): Promise<void> {
    const unknown = runs.filter((run) => this.meter.recent(run, this.clock) === null);
    for (const [index, run] of unknown.entries()) {
      if (index % MEASURED_AT_ONCE === 0) await this.measurements.next();
      this.usage(run);
    }
  }

  /** Processes of the run that the kernel has killed for want of memory, as far as its control group counts them. */
  oomKills(run: Run): number {
    return oomKillsOf(this.containment.group(run.id));
  }

  /** Everything that the run has started and that still lives. */
  processes(run: Run): RunProcesses {
    return new RunProcesses({
      group: this.containment.group(run.id),
      main: run,
      holder: this.holders.get(run.id),
    });
  }

  /**
   * Ends the run, or what it has left where its main process has ended, and forgets it. Resolves when nothing is left.
   * `exited`: resolves when its main process has ended, where somebody watches it.
   */
  async end(run: Run, options: { stop: StopSettings; exited?: Promise<unknown> }): Promise<void> {
    // Asked for twice, it is ended once: nobody gets a signal a second time.
    const ending = this.ending.get(run.id) ?? this.endOnce(run, options);
    this.ending.set(run.id, ending);
    await ending.finally(() => this.ending.delete(run.id));
  }

  private async endOnce(
    run: Run,
    { stop, exited }: { stop: StopSettings; exited?: Promise<unknown> },
  ): Promise<void> {
    const lives = isAlive(run);
    const ended = exited ?? (lives ? this.exits.untilExit(run) : Promise.resolve());
    // An agent that ended in the midst of a stop has begun the grace.
    const signalledBeforeMs = lives ? this.folder.noteSignalled(run) : null;
    await endRun({
      ...{ processes: this.processes(run), main: lives ? run : null, exited: ended, stop },
      ...{ signalledBeforeMs, clock: this.clock },
    });
    await ended;
  }

  /** Takes an ended run away: its files, its control group, and the holder that waited for somebody to look at it. */
  forget(id: string): void {
    this.exits.unwatch(id);
    this.holders.end(id);
    this.meter.forget(id);
    this.folder.remove(id);
    this.containment.group(id)?.remove();
  }

  /** Every run that a record, or a control group with a process in it, tells of: what a new agent finds. */
  async found(): Promise<{ run: Run; exit: RunExit | null }[]> {
    const { folder, holders } = this;
    const isOurs = (id: string) => holders.isOwn(id);
    const found = await findRuns({ folder, groups: this.containment.current, isOurs });
    for (const { run, holder } of found) holders.learn(run.id, holder);
    return found.map(({ run }) => ({ run, exit: folder.exit(run) }));
  }
}
