import type { Client, Done } from '../../api/index.ts';
import { SlipwayError } from '../../kernel/index.ts';
import { untilInterrupted } from '../interrupt.ts';
import { plain, printData } from '../output/index.ts';
import type { Target } from '../parse.ts';
import type { Session } from '../session.ts';

type Input = { app: string; instance: string | undefined };
type Operation = 'restart' | 'stop' | 'start';

export const restart = (session: Session, target: Target) => act(session, 'restart', target);
export const stop = (session: Session, target: Target) => act(session, 'stop', target);
export const start = (session: Session, target: Target) => act(session, 'start', target);

/** Waits until it is done, and shows on stderr what happens to the app meanwhile. */
async function act(session: Session, operation: Operation, { app, instance }: Target): Promise<void> {
  const { output } = session;
  const client = await session.client();
  const interrupt = untilInterrupted(null);
  const over = new AbortController();
  const shown = showEvents({ session, client, app, signal: over.signal });
  try {
    const input: Input = { app, instance: instance ?? undefined };
    const done: Done = await client[operation](input, { signal: interrupt.signal });
    printData(output, done, () => done.message);
  } catch (error) {
    throw interrupt.signal.aborted ? stillRunning(interrupt.signal.reason, operation, app) : error;
  } finally {
    interrupt.dispose();
    over.abort();
    await shown;
  }
}

async function showEvents(options: {
  session: Session;
  client: Client;
  app: string;
  signal: AbortSignal;
}): Promise<void> {
  const { session, client, app, signal } = options;
  const { write, colors } = session.output.err;
  try {
    const name = (await client.status({ app }, { signal })).apps[0]?.app;
    for await (const event of await client.events({}, { signal })) {
      if (event.app === name) write(`${colors.dim(plain(event.message))}\n`);
    }
  } catch {
    // What failed is told by the operation itself; the events are only to look at.
  }
}

function stillRunning(reason: SlipwayError, operation: Operation, app: string): SlipwayError {
  return new SlipwayError(reason.code, {
    message: `${reason.message}: the ${operation} goes on`,
    next: `slipway status ${app} --watch`,
  });
}
