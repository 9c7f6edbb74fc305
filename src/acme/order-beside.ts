import { Worker } from 'node:worker_threads';
import { onAbort, unawaited } from '../kernel/index.ts';
import { AcmeFailure } from './failure.ts';
import type { OrderOptions } from './order.ts';
import type { OrderAnswer, OrderJob, OrderOutcome, OrderWish } from './order-thread.ts';

/**
 * Does what `orderCertificate` does in a thread of its own, which ends with it: to load the library holds up everything else for a
 * tenth of a second, and what it takes of memory is given back. @throws AcmeFailure; what `opened` and `prover` throw
 */
export function orderBeside(options: Omit<OrderOptions, 'clock'>): Promise<string> {
  const { authority, names, key, url, prover, opened, signal } = options;
  const job: OrderJob = { authority, names, key, url, prover: prover.kind };
  const file = import.meta.url.endsWith('.ts') ? './order-thread.ts' : './order-thread.js';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  if (signal.aborted) return Promise.reject(signal.reason);
  let fault: unknown = null;
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: job,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  const forget = onAbort(signal, () => unawaited(worker.terminate(), 'the end of a thread that orders'));
  const fulfil = async (wish: OrderWish): Promise<OrderAnswer> => {
    try {
      if (wish.wish === 'opened') await opened(wish.url);
      else if (wish.wish === 'present') await prover.present(wish.challenges, signal);
      else await prover.cleanUp(wish.challenges);
      return { done: true };
    } catch (error) {
      if (error instanceof AcmeFailure) return { done: false, failure: error.written };
      fault = error;
      return { done: false, failure: null };
    }
  };
  worker.on('message', (message: OrderWish | OrderOutcome) => {
    if ('wish' in message)
      return unawaited(
        fulfil(message).then((answer) => worker.postMessage(answer)),
        'a wish of an order',
      );
    if (message.outcome === 'certificate') resolve(message.chain);
    else if (message.outcome === 'failure') reject(AcmeFailure.read(message.failure));
    else if (message.outcome === 'fault') reject(fault);
    else reject(new Error(message.why));
    // Connections that it keeps would hold it.
    unawaited(worker.terminate(), 'the end of a thread that orders');
  });
  worker.once('error', reject);
  worker.once('exit', () => {
    forget();
    reject(signal.aborted ? signal.reason : new Error('the thread that orders ended without a word'));
  });
  return promise;
}
