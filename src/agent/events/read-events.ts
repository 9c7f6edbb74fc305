import type { IdentifiedHappening } from '../../api/index.ts';
import { type Clock, onAbort } from '../../kernel/index.ts';
import type { EventLog, NumberedEvent } from './event-log.ts';

/** Held for one reader. */
const AT_ONCE = 100;

/**
 * What happens, from the event with an id on, or from now. A slow reader goes on in the journal: nothing waits for him in
 * memory. Where what he asks for is kept no longer, he is told `resync`: to look at everything anew.
 */
export async function* readEvents(
  log: EventLog,
  { after, signal, clock }: { after: string | null; signal: AbortSignal; clock: Clock },
): AsyncGenerator<IdentifiedHappening> {
  let wake: () => void = () => undefined;
  const forget = onAbort(signal, () => wake());
  const unsubscribe = log.grown.on(() => wake());
  try {
    let seq = after === null ? log.last : log.find(after);
    while (!signal.aborted) {
      const events = seq === null ? null : log.after(seq, AT_ONCE);
      if (events === null) {
        seq = log.last;
        yield resync(log, clock);
        continue;
      }
      for (const event of events) {
        if (signal.aborted) return;
        seq = event.seq;
        yield happening(event);
      }
      if (events.length === 0 && !signal.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    unsubscribe();
    forget();
  }
}

function happening({
  id,
  seq,
  at,
  app,
  type,
  message,
  instance,
  deployment,
}: NumberedEvent): IdentifiedHappening {
  return {
    ...{ id, seq, at: new Date(at).toISOString(), app, type, message },
    ...(instance === null ? {} : { instance }),
    ...(deployment === null ? {} : { deployment }),
  };
}

function resync(log: EventLog, clock: Clock): IdentifiedHappening {
  return {
    id: log.lastId,
    seq: log.last,
    at: new Date(clock.now()).toISOString(),
    app: null,
    type: 'resync',
    message: 'what came before is not to be had any more: look at everything anew',
  };
}
