import { onAbort, SlipwayError, unawaited } from '../../kernel/index.ts';
import { untilInterrupted } from '../interrupt.ts';
import type { Target } from '../parse.ts';
import type { Session } from '../session.ts';
import { interactive, piped, showOutput, sizeOf, statusOf, variablesOf } from '../terminal/index.ts';

/** Ends with the status that the shell ends with, or 128 and the number of the signal, as a shell would tell it. */
export async function shell(
  session: Session,
  target: Target | undefined,
  { agent = false }: { agent?: boolean },
): Promise<number> {
  if (agent === (target !== undefined))
    throw new SlipwayError('usage', {
      message: 'a shell is opened on an instance or a worker, or with --agent on the host',
      next: 'slipway shell --help',
    });
  const { app, instance } = target ?? { app: null, instance: null };
  const client = await session.client();
  const { isTTY } = process.stdin;
  const interrupt = untilInterrupted(null);
  const remote = await client.shell({
    app,
    instance,
    size: isTTY ? sizeOf() : null,
    variables: variablesOf(session.env),
    onOutput: showOutput,
  });
  onAbort(interrupt.signal, () => remote.close());
  const detach = isTTY ? interactive(remote) : null;
  if (!isTTY) unawaited(piped(remote, interrupt.signal), 'the input of the shell');
  let broken = true;
  try {
    const exit = await remote.ended;
    broken = false;
    return statusOf(exit);
  } catch (error) {
    throw interrupt.signal.aborted ? left(interrupt.signal.reason as SlipwayError, app) : error;
  } finally {
    detach?.({ broken });
    interrupt.dispose();
  }
}

function left(reason: SlipwayError, app: string | null): SlipwayError {
  const goesOn = app === null ? '' : `, ${app} goes on`;
  return new SlipwayError(reason.code, { message: `${reason.message}: the shell is ended${goesOn}` });
}
