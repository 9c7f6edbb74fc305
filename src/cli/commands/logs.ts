import { type Client, resume } from '../../api/index.ts';
import { SlipwayError } from '../../kernel/index.ts';
import { count, printItem } from '../output/index.ts';
import type { Target } from '../parse.ts';
import type { Session } from '../session.ts';
import { prefixOf, RawLines, ShownLines, timeOf } from '../view/index.ts';
import { accessLog } from './access-log.ts';
import { checkExpression, type LogOptions, linesAsked, sinceMoment } from './log-options.ts';

/** As many as can be asked for. */
const MOST_LINES = 10_000_000;

export async function logs(session: Session, target: Target | undefined, options: LogOptions): Promise<void> {
  const { output } = session;
  if ((target === undefined) === !options.agent) {
    throw new SlipwayError('usage', {
      message: target === undefined ? 'whose logs?' : 'an app and --agent cannot go together',
      next: 'slipway logs --help',
    });
  }
  if (target !== undefined && options.access) return accessLog(session, target, options);
  if (options.status !== undefined || options.slower !== undefined)
    throw new SlipwayError('usage', {
      message: '--status and --slower are of requests: they go with --access',
      next: 'slipway logs --help',
    });
  if (options.grep !== undefined) checkExpression(options.grep);
  if (options.follow === true) output.endWithReader();
  const client = await session.client();
  const lines = resume({
    open: (lastEventId) => open({ client, target, options, lastEventId, complete: !output.out.isTerminal }),
    signal: new AbortController().signal,
    wholeValues: false,
    onLost: () => output.err.write('the agent is away; the apps go on, and this waits until it is back\n'),
  });
  const withPrefix = target !== undefined && target.instance === null;
  // The agent quotes others in its own log, and means none of it for a terminal.
  const isRaw = target !== undefined && (options.raw === true || !output.out.isTerminal);
  const printer = isRaw ? new RawLines(output.out) : new ShownLines(output.out);
  const withTime = options.times === true || options.at !== undefined;
  for await (const line of lines) {
    if (output.json) printItem(output, line, () => '');
    else if ('gap' in line)
      output.err.write(
        `${count(line.gap, 'line')} of ${line.instance ?? 'the agent'} left out: too many to be shown\n`,
      );
    else {
      const { colors } = output.out;
      const time = withTime ? timeOf(line, colors) : '';
      printer.print(line, `${time}${withPrefix ? prefixOf(line.instance, colors) : ''}`);
    }
    await output.out.drained();
  }
}

function open(options: {
  client: Client;
  target: Target | undefined;
  options: LogOptions;
  lastEventId: string | undefined;
  complete: boolean;
}) {
  const { client, target, options: given, lastEventId, complete } = options;
  const { follow = false, stderr = false, since, grep, invert = false, at, before } = given;
  const isSearching = before === undefined && (since !== undefined || grep !== undefined);
  const all = before === undefined ? undefined : MOST_LINES;
  const query = {
    follow,
    // A file gets all of them, however late.
    complete,
    stderr,
    grep,
    around: at,
    before,
    invert,
    since: sinceMoment(since),
    lines: linesAsked(given, { isSearching, isResumed: lastEventId !== undefined }) ?? all,
  };
  const callOptions = lastEventId === undefined ? {} : { lastEventId };
  if (target === undefined) return client.agentLogs(query, callOptions);
  return client.logs({ ...query, app: target.app, instance: target.instance ?? undefined }, callOptions);
}
