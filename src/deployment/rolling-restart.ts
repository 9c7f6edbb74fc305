import { messageOf, SlipwayError } from '../kernel/index.ts';
import type { ServiceContext } from './context.ts';
import type { Replicas } from './replicas.ts';

/**
 * Brings instances to the generation that is wanted of them, one after the other: how restarts, and changes of the
 * configuration, reach running processes. What is left to do is in the journal, so the next agent goes on with it.
 */
export class RollingRestart {
  private readonly context: ServiceContext;
  private readonly replicas: Replicas;
  private readonly mayRun: () => boolean;
  private rolling: Promise<void> = Promise.resolve();
  private isRolling = false;
  private isAskedAgain = false;
  private detached = false;

  /** `mayRun`: false while a deployment touches instances; it starts them in the wanted generation itself. */
  constructor(options: { context: ServiceContext; replicas: Replicas; mayRun: () => boolean }) {
    this.context = options.context;
    this.replicas = options.replicas;
    this.mayRun = options.mayRun;
  }

  /** Asks for a restart of some instances; it is carried out by `roll`. */
  request(instances: readonly number[], why: string): void {
    const { journal, key, id } = this.context;
    journal.write(`${id}: restart of ${instances.join(', ')} asked for (${why})`, (tables) => {
      for (const instance of instances) {
        const row = this.replicas.row(instance);
        tables.updateInstance(key, instance, { wantedGeneration: row.wantedGeneration + 1 });
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
        for (let instance = this.due(); instance !== null; instance = this.due())
          await this.restart(instance);
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

  private due(): number | null {
    if (this.detached || !this.mayRun()) return null;
    return this.replicas.rows().find((row) => row.generation < row.wantedGeneration)?.instance ?? null;
  }

  private async restart(instance: number): Promise<void> {
    const { journal, key, id } = this.context;
    const { wantedGeneration, release } = this.replicas.row(instance);
    journal.write(`${id}/${instance}: restart begins`, (tables) =>
      tables.updateInstance(key, instance, { generation: wantedGeneration }),
    );
    this.replicas.apply('restarted: a person or the configuration asked for it');
    if (release === null || this.replicas.isStopped(instance)) return;
    const settled = () =>
      this.detached ||
      !this.mayRun() ||
      this.replicas.isStopped(instance) ||
      this.replicas.isReadyWith(instance, this.replicas.row(instance).release ?? 0);
    await this.replicas.until(settled);
    journal.writeSoon(`${id}/${instance}: restarted`, () => undefined);
  }
}

/** Waits until instances are ready; an instance that falls into back-off or is given up is an error. */
export async function untilReadyOrFailed(
  context: ServiceContext,
  replicas: Replicas,
  instances: readonly number[],
): Promise<void> {
  const isReady = (instance: number) => replicas.isReadyWith(instance, replicas.row(instance).release ?? 0);
  const isFailed = (instance: number) =>
    ['backoff', 'failed'].includes(replicas.get(instance)?.stateName ?? 'failed');
  const isOut = (instance: number) => replicas.row(instance).release === null || replicas.isStopped(instance);
  await replicas.until(
    () => instances.every((each) => isReady(each) || isOut(each)) || instances.some(isFailed),
  );
  const failed = instances.find(isFailed);
  if (failed === undefined) return;
  throw new SlipwayError('not_ready', {
    message: `${context.id}/${failed} is not ready: ${replicas.get(failed)?.state.reason ?? ''}`,
    hint: 'it is kept trying',
    next: `slipway logs ${context.id}/${failed} --stderr`,
  });
}
