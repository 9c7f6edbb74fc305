import { SlipwayError, sleep, systemClock } from '../kernel/index.ts';
import { eventIdOf } from './link.ts';

const RETRY_MS = 200;
const PATIENCE_MS = 60_000;

export interface ResumeOptions<T> {
  /** Opens the stream, after the event of that id where there is one. */
  open: (lastEventId: string | undefined) => Promise<AsyncIterable<T>>;
  signal: AbortSignal;
  /** Whether a stream without ids may be opened again: its values say all by themselves. */
  wholeValues: boolean;
  /** The agent went away; the stream waits for it to come back. */
  onLost: () => void;
}

/**
 * A stream that outlives the agent: when it goes away, as at an upgrade, the stream is opened again when it is back.
 *
 * Errors: `agent_unreachable` where no agent answers at the beginning, or none for a minute; what the agent sends.
 */
export async function* resume<T>({ open, signal, wholeValues, onLost }: ResumeOptions<T>): AsyncGenerator<T> {
  let lastEventId: string | undefined;
  let opened = false;
  let lostMs: number | null = null;
  while (true) {
    try {
      const values = await open(lastEventId);
      opened = true;
      lostMs = null;
      for await (const value of values) {
        lastEventId = eventIdOf(value) ?? lastEventId;
        yield value;
      }
      return;
    } catch (error) {
      if (!isUnreachable(error) || !opened || !(wholeValues || lastEventId !== undefined)) throw error;
      if (lostMs === null) onLost();
      lostMs ??= systemClock.monotonicMs();
      if (systemClock.monotonicMs() - lostMs > PATIENCE_MS) throw error;
      await sleep(RETRY_MS, { signal });
    }
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof SlipwayError && error.code === 'agent_unreachable';
}
