import type { Instances } from '../app/index.ts';
import { sleep } from '../kernel/index.ts';
import type { Instance } from '../supervisor/index.ts';
import type { ServiceContext } from './context.ts';

export const ASK_EVERY_MS = 1000;
const ASKED_IN_A_TURN = 16;
/** So many in a row. */
export const LOST_AFTER = 3;

/**
 * Asks the instances that have come up with a release whether they are ready still, every second, until the result is
 * called. `lost` is told of one that did not answer three times in a row, with what it was asked and what came of it.
 */
export function keepAsking(options: {
  context: ServiceContext;
  instances: Instances;
  release: number;
  lost: (unit: string, reason: string) => void;
}): () => void {
  const { context, instances, release, lost } = options;
  const ending = new AbortController();
  /** How often each run did not answer, the last times in a row. */
  let unanswered = new Map<string, number>();
  const askAll = async () => {
    for (;;) {
      await sleep(ASK_EVERY_MS, { clock: context.clock, signal: ending.signal });
      const asked = instances.all().filter((instance) => hasComeUp(instance, release));
      const answers = await askInTurns(asked, askOne);
      ending.signal.throwIfAborted();
      const before = unanswered;
      unanswered = new Map();
      for (const { unit, run, reason } of answers) {
        if (reason === null) continue;
        const times = (before.get(run) ?? 0) + 1;
        unanswered.set(run, times);
        if (times >= LOST_AFTER)
          lost(unit, `${context.id}/${unit} is not ready any more: ${reason}, ${times} times in a row`);
      }
    }
  };
  // It ends by being aborted.
  askAll().catch(() => undefined);
  return () => ending.abort();
}

/** Asks those that have come up with a release once: the first reason why one is not ready, or null where all are. */
export async function firstUnanswered(instances: Instances, release: number): Promise<string | null> {
  const asked = instances.all().filter((instance) => hasComeUp(instance, release));
  const answers = await askInTurns(asked, askOne);
  return answers.find(({ reason }) => reason !== null)?.reason ?? null;
}

/** All at once but for this: so many are begun in a turn of the event loop, that hundreds keep nothing else waiting. */
export async function askInTurns<Answer>(
  instances: readonly Instance[],
  askOne: (instance: Instance) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Promise<Answer>[] = [];
  for (const instance of instances) {
    if (answers.length > 0 && answers.length % ASKED_IN_A_TURN === 0)
      await new Promise((resolve) => setImmediate(resolve));
    answers.push(askOne(instance));
  }
  return await Promise.all(answers);
}

async function askOne(instance: Instance): Promise<{ unit: string; run: string; reason: string | null }> {
  const run = instance.run?.id ?? '';
  const reason = await instance.stillReady();
  // One that has ended meanwhile is told of by its exit.
  return { unit: instance.unit, run, reason: instance.run?.id === run ? reason : null };
}

function hasComeUp({ state: { phase } }: Instance, release: number): boolean {
  return (phase.name === 'ready' || phase.name === 'unready') && phase.run.release === release;
}
