import type { AppContext } from '../deployment/index.ts';
import type { InstanceRow } from '../journal/index.ts';
import { messageOf, unawaited } from '../kernel/index.ts';
import { abreast } from './abreast.ts';
import type { Instances } from './instances.ts';

/**
 * Brings instances to the generation that is wanted of them, one after the other: how restarts, and changes of the
 * configuration, reach running processes. What is left to do is in the journal, so the next agent goes on with it.
 */
export class RollingRestart {
  private readonly context: AppContext;
  private readonly instances: Instances;
  private readonly mayRun: () => boolean;
  private readonly redundant: boolean;
  /** Those that are to be restarted for it is their time, and nobody else asked. */
  private readonly scheduled = new Set<string>();
  private isRolling = false;
  private readonly batch: () => number;
  /** Those that are restarted now, until they are up again. */
  private readonly current = new Set<string>();
  private isAskedAgain = false;
  /** What is waited for is looked at again: there may be more to do than there was. */
  private lookAgain = new AbortController();
  private detached = false;

  /**
   * `mayRun`: false while a deployment touches instances; it starts them in the wanted generation itself. `redundant`:
   * they stand in for each other, so none is touched while another one is down, whoever brought that one down. `batch`: how many
   * of those go together that serve until their successors are there.
   */
  constructor(options: {
    context: AppContext;
    instances: Instances;
    mayRun: () => boolean;
    redundant: boolean;
    batch: () => number;
  }) {
    this.context = options.context;
    this.instances = options.instances;
    this.mayRun = options.mayRun;
    this.redundant = options.redundant;
    this.batch = options.batch;
  }

  /** Asks for a restart of some instances; it is carried out by `roll`. `isScheduled`: for it is their time. */
  request(units: readonly string[], why: string, isScheduled = false): void {
    const { journal, key, id } = this.context;
    journal.decide(`${id}: restart of ${units.join(', ')} asked for (${why})`, (tables) => {
      for (const unit of units) {
        const row = this.instances.row(unit);
        tables.updateInstance(key, unit, { wantedGeneration: row.wantedGeneration + 1 });
      }
    });
    for (const unit of units)
      if (isScheduled) this.scheduled.add(unit);
      else this.scheduled.delete(unit);
  }

  /** Begins what is left to restart, where that was not begun. */
  roll(): void {
    // One that has found nothing more to do, and is about to end, must look once more.
    this.isAskedAgain = true;
    this.lookAgain.abort();
    if (!this.isRolling) unawaited(this.work(), `${this.context.id}: the restart`);
  }

  /** Whether one of them is to be restarted still, or is on its way. */
  concerns(units: readonly string[]): boolean {
    return this.instances
      .rows(units)
      .some((row) => this.current.has(row.unit) || row.generation < row.wantedGeneration);
  }

  detach(): void {
    this.detached = true;
  }

  private async work(): Promise<void> {
    this.isRolling = true;
    while (this.isAskedAgain) {
      this.isAskedAgain = false;
      try {
        while (this.due().length > 0) await this.restartNext();
      } catch (error) {
        const { id } = this.context;
        this.context.log({
          type: 'restart.failed',
          message: `${id}: the restart stopped: ${messageOf(error)}`,
        });
      }
    }
    this.isRolling = false;
  }

  private due(): InstanceRow[] {
    if (this.detached || !this.mayRun()) return [];
    return this.instances.rows().filter((row) => row.generation < row.wantedGeneration);
  }

  private async restartNext(): Promise<void> {
    const next = this.next();
    if (next.length > 0) {
      await Promise.all(next.map((unit) => this.restart(unit)));
      return;
    }
    const down = this.down().map((row) => `${this.context.id}/${row.unit}`);
    this.context.log({
      type: 'restart.waits',
      message: `${this.context.id}: the restart waits until ${down.join(', ')} ${down.length === 1 ? 'is' : 'are'} ready`,
    });
    await this.until(() => this.due().length === 0 || this.next().length > 0);
  }

  /**
   * Those that are down have nothing to lose. Of the others one at a time, while all are up; a batch of those that go on until they
   * are replaced. None: it has to wait.
   */
  private next(): string[] {
    const due = this.due();
    const next =
      this.redundant && this.down().length > 0 ? due.find((row) => this.instances.isDown(row)) : due[0];
    if (!next) return [];
    const units = [next, ...due.filter((row) => row !== next)].map(({ unit }) => unit);
    const whyNotOverlap = (unit: string, beside: number) => this.instances.whyNotOverlap(unit, beside);
    const together = abreast(units, { most: this.batch(), whyNotOverlap });
    return together[0] === next.unit ? together : [next.unit];
  }

  /** Those that ought to be ready and are not. An agent that was killed may have been about to restart one of them. */
  private down(): InstanceRow[] {
    return this.instances.expected().filter((row) => !this.instances.isUp(row));
  }

  private async restart(unit: string): Promise<void> {
    const { journal, key, id } = this.context;
    const { wantedGeneration, release } = this.instances.row(unit);
    journal.decide(`${id}/${unit}: restart begins`, (tables) =>
      tables.updateInstance(key, unit, { generation: wantedGeneration }),
    );
    this.instances.startAnew(unit, this.scheduled.delete(unit));
    if (release === null || this.instances.isStopped(unit)) return;
    this.current.add(unit);
    await this.until(() => this.hasSettled(unit));
    this.current.delete(unit);
    journal.writeSoon(`${id}/${unit}: restarted`, () => undefined);
  }

  /** Whether there is nothing more to wait for: it is ready, will not be, or is to be restarted once more. */
  private hasSettled(unit: string): boolean {
    if (this.detached || !this.mayRun() || !this.instances.has(unit)) return true;
    const row = this.instances.row(unit);
    if (this.instances.isStopped(unit) || this.instances.isUp(row)) return true;
    if (this.redundant) return row.generation < row.wantedGeneration;
    return ['backoff', 'failed'].includes(this.instances.comingUp(unit)?.stateName ?? 'failed');
  }

  /** Waits as `Instances.until` does; also looks when more is asked for. */
  private async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.lookAgain.signal.aborted) this.lookAgain = new AbortController();
      await this.instances.until(condition, { signal: this.lookAgain.signal }).catch(() => undefined);
    }
  }
}
