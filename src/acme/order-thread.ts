import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, systemClock } from '../kernel/index.ts';
import type { Challenge } from './challenge.ts';
import { AcmeFailure, type WrittenFailure } from './failure.ts';
import { type Authority, orderCertificate } from './order.ts';

/** What the thread is asked to do. */
export interface OrderJob {
  authority: Authority;
  names: readonly string[];
  key: string;
  url: string | null;
  prover: 'http-01' | 'dns-01';
}

/** What it wants done meanwhile: each is answered once. */
export type OrderWish =
  | { wish: 'opened'; url: string }
  | { wish: 'present' | 'cleanUp'; challenges: readonly Challenge[] };

/** `failure` null: whoever was asked knows what has failed. */
export type OrderAnswer = { done: true } | { done: false; failure: WrittenFailure | null };

/** What it sends at its end, once. */
export type OrderOutcome =
  | { outcome: 'certificate'; chain: string }
  | { outcome: 'failure'; failure: WrittenFailure }
  | { outcome: 'fault' }
  | { outcome: 'broken'; why: string };

/** A wish that was not fulfilled, for a reason that the thread need not know. */
class Unfulfilled extends Error {}

const port = parentPort;
if (port !== null) port.postMessage(await outcomeOf(workerData as OrderJob));

async function outcomeOf({ prover, ...job }: OrderJob): Promise<OrderOutcome> {
  try {
    const chain = await orderCertificate({
      ...job,
      opened: (url) => wish({ wish: 'opened', url }),
      prover: {
        kind: prover,
        present: (challenges) => wish({ wish: 'present', challenges }),
        cleanUp: (challenges) => wish({ wish: 'cleanUp', challenges }),
      },
      clock: systemClock,
      // Whoever does not want it any more ends the thread.
      signal: new AbortController().signal,
    });
    return { outcome: 'certificate', chain };
  } catch (error) {
    if (error instanceof AcmeFailure) return { outcome: 'failure', failure: error.written };
    if (error instanceof Unfulfilled) return { outcome: 'fault' };
    return { outcome: 'broken', why: messageOf(error) };
  }
}

async function wish(what: OrderWish): Promise<void> {
  if (port === null) return;
  const answered = once(port, 'message');
  port.postMessage(what);
  const [answer] = (await answered) as [OrderAnswer];
  if (answer.done) return;
  throw answer.failure === null ? new Unfulfilled() : AcmeFailure.read(answer.failure);
}
