import { type Clock, sleep } from '../kernel/index.ts';
import type { StopSettings } from './ending.ts';
import type { Run } from './run.ts';
import type { Runs } from './runs.ts';

const AGAIN_MS = 1000;

/** Ends what an instance's run has started, and forgets the run then: its files tell a new agent of it until nothing is left. */
export class Clearing {
  private readonly options: { runs: Runs; clock: Clock; stop: () => StopSettings };
  /** Null once nothing that it started is left. */
  private run: Run | null = null;
  private exited = Promise.withResolvers<void>();
  private leftOvers: Promise<void> = Promise.resolve();
  private detached = false;

  constructor(options: { runs: Runs; clock: Clock; stop: () => StopSettings }) {
    this.options = options;
  }

  /** The instance has this run from now on. */
  begin(run: Run): void {
    this.run = run;
    this.exited = Promise.withResolvers();
  }

  /** The main process of the run has ended. */
  noteExit(): void {
    this.exited.resolve();
  }

  /** Signal, grace, KILL, of everything that the run started. */
  async stop(run: Run): Promise<void> {
    const { runs, stop } = this.options;
    await runs.stops.next();
    await this.untilDone(async () => {
      await runs.end(run, { stop: stop(), exited: this.exited.promise });
      this.forget(run);
    });
  }

  /** Begins to end what a crashed run has left. */
  endLeftOvers(): void {
    const { run } = this;
    if (!run) return;
    const { runs, stop } = this.options;
    this.leftOvers = this.untilDone(async () => {
      if (!runs.processes(run).isEmpty()) await runs.end(run, { stop: stop() });
      // A new agent asks the folder what became of the run: not before nothing is left of it.
      if (!this.detached) this.forget(run);
    });
  }

  /** Resolves when nothing is left of what a crashed run had started. */
  async done(): Promise<void> {
    await this.leftOvers;
  }

  detach(): void {
    this.detached = true;
  }

  /** What the kernel or the disk refuses now it may not refuse in a moment; until then something is left. */
  private async untilDone(work: () => Promise<void>): Promise<void> {
    for (;;)
      try {
        return await work();
      } catch {
        await sleep(AGAIN_MS, { clock: this.options.clock });
        if (this.detached) return;
      }
  }

  private forget(run: Run): void {
    this.options.runs.forget(run.id);
    this.run = null;
  }
}
