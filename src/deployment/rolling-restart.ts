import { messageOf, SlipwayError } from '../kernel/index.ts';
import type { AppContext } from './context.ts';
import type { Replicas } from './replicas.ts';

/**
 * Brings instances to the generation that is wanted of them, one after the other: how restarts, and changes of the
 * configuration, reach running processes. What is left to do is in the journal, so the next agent goes on with it.
 */
export class RollingRestart {
  private readonly context: AppContext;
  private readonly replicas: Replicas;
  private readonly mayRun: () => boolean;
  private readonly standIn: boolean;
  private rolling: Promise<void> = Promise.resolve();
  private isRolling = false;
  private isAskedAgain = false;
  private detached = false;

  /**
   * `mayRun`: false while a deployment touches instances; it starts them in the wanted generation itself. `standIn`:
   * they stand in for each other, so the next one must wait until this one is ready.
   */
  constructor(options: { context: AppContext; replicas: Replicas; mayRun: () => boolean; standIn: boolean }) {
    this.context = options.context;
    this.replicas = options.replicas;
    this.mayRun = options.mayRun;
    this.standIn = options.standIn;
  }

  /** Asks for a restart of some instances; it is carried out by `roll`. */
  request(units: readonly string[], why: string): void {
    const { journal, key, id } = this.context;
    journal.write(`${id}: restart of ${units.join(', ')} asked for (${why})`, (tables) => {
      for (const unit of units) {
        const row = this.replicas.row(unit);
        tables.updateInstance(key, unit, { wantedGeneration: row.wantedGeneration + 1 });
      }
    });
  }

  /** Works until nothing is left to restart. */
  roll(): Promise<void> {
    // One that has found nothing more to do, and is about to end, must look once more.
    this.isAskedAgain = true;
    if (!this.isRolling) this.rolling = this.work();
    return this.rolling;
  }

  detach(): void {
    this.detached = true;
  }

  private async work(): Promise<void> {
    this.isRolling = true;
    while (this.isAskedAgain) {
      this.isAskedAgain = false;
      try {
        for (let unit = this.due(); unit !== null; unit = this.due()) await this.restart(unit);
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

  private due(): string | null {
    if (this.detached || !this.mayRun()) return null;
    return this.replicas.rows().find((row) => row.generation < row.wantedGeneration)?.unit ?? null;
  }

  private async restart(unit: string): Promise<void> {
    const { journal, key, id } = this.context;
    const { wantedGeneration, release } = this.replicas.row(unit);
    journal.write(`${id}/${unit}: restart begins`, (tables) =>
      tables.updateInstance(key, unit, { generation: wantedGeneration }),
    );
    this.replicas.apply('restarted: a person or the configuration asked for it');
    if (release === null || this.replicas.isStopped(unit)) return;
    const settled = () =>
      this.detached ||
      !this.mayRun() ||
      this.replicas.isStopped(unit) ||
      this.replicas.isReadyWith(unit, this.replicas.row(unit).release ?? 0) ||
      (!this.standIn && ['backoff', 'failed'].includes(this.replicas.get(unit)?.stateName ?? 'failed'));
    await this.replicas.until(settled);
    journal.writeSoon(`${id}/${unit}: restarted`, () => undefined);
  }
}

/** Waits until instances are ready; an instance that falls into back-off or is given up is an error. */
export async function untilReadyOrFailed(
  context: AppContext,
  replicas: Replicas,
  units: readonly string[],
): Promise<void> {
  const isReady = (unit: string) => replicas.isReadyWith(unit, replicas.row(unit).release ?? 0);
  const isFailed = (unit: string) =>
    ['backoff', 'failed'].includes(replicas.get(unit)?.stateName ?? 'failed');
  const isOut = (unit: string) => replicas.row(unit).release === null || replicas.isStopped(unit);
  await replicas.until(() => units.every((each) => isReady(each) || isOut(each)) || units.some(isFailed));
  const failed = units.find(isFailed);
  if (failed === undefined) return;
  throw new SlipwayError('not_ready', {
    message: `${context.id}/${failed} is not ready: ${replicas.get(failed)?.state.reason ?? ''}`,
    hint: 'it is kept trying',
    next: `slipway logs ${context.id}/${failed} --stderr`,
  });
}
