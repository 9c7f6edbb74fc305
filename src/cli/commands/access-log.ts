import { resume } from '../../api/index.ts';
import { SlipwayError } from '../../kernel/index.ts';
import { count, printItem } from '../output/index.ts';
import type { Target } from '../parse.ts';
import type { Session } from '../session.ts';
import { accessView } from '../view/index.ts';
import { checkExpression, type LogOptions, linesAsked, sinceMoment } from './log-options.ts';

/** The requests that came to an app through the proxy. */
export async function accessLog(session: Session, target: Target, options: LogOptions): Promise<void> {
  const { output } = session;
  const { follow = false, grep, invert, since, status, slower } = options;
  if (grep !== undefined) checkExpression(grep);
  if (status !== undefined && !/^[1-5](xx|\d\d)(,[1-5](xx|\d\d))*$/.test(status))
    throw new SlipwayError('usage', {
      message: `--status takes statuses such as 5xx, 404 or 404,5xx, and not "${status.slice(0, 100)}"`,
      next: 'slipway logs --help',
    });
  if (follow) output.endWithReader();
  const client = await session.client();
  const isSearching = [since, grep, status, slower].some((each) => each !== undefined);
  const query = {
    ...{ app: target.app, instance: target.instance ?? undefined, follow, grep, invert, status },
    complete: !output.out.isTerminal,
    slower_ms: slower,
    since: sinceMoment(since),
  };
  const requests = resume({
    open: (lastEventId) =>
      client.accessLog(
        { ...query, lines: linesAsked(options, { isSearching, isResumed: lastEventId !== undefined }) },
        lastEventId === undefined ? {} : { lastEventId },
      ),
    signal: new AbortController().signal,
    wholeValues: false,
    onLost: () => output.err.write('the agent is away; the apps go on, and this waits until it is back\n'),
  });
  for await (const request of requests) {
    if (output.json || !('gap' in request))
      printItem(output, request, () =>
        'gap' in request ? '' : `${accessView(request, output.out.colors)}\n`,
      );
    else output.err.write(`${count(request.gap, 'line')} of the proxy left out: too many to be shown\n`);
    await output.out.drained();
  }
}
