import { type Client, resume } from '../../api/index.ts';
import { compilePattern, SlipwayError } from '../../kernel/index.ts';
import { type Colors, printItem } from '../output/index.ts';
import type { Target } from '../parse.ts';
import type { Session } from '../session.ts';

const DEFAULT_LINES = 100;

interface LogOptions {
  agent?: boolean;
  follow?: boolean;
  /** Infinite: all. */
  lines?: number;
  stderr?: boolean;
  since?: number;
  grep?: string;
}

export async function logs(session: Session, target: Target | undefined, options: LogOptions): Promise<void> {
  const { output } = session;
  if ((target === undefined) === !options.agent) {
    throw new SlipwayError('usage', {
      message: target === undefined ? 'whose logs?' : 'an app and --agent cannot go together',
      next: 'slipway logs --help',
    });
  }
  if (options.grep !== undefined) checkExpression(options.grep);
  const client = await session.client();
  const lines = resume({
    open: (lastEventId) => open({ client, target, options, lastEventId }),
    signal: new AbortController().signal,
    wholeValues: false,
    onLost: () => output.err.write('the agent is away; the apps go on, and this waits until it is back\n'),
  });
  const prefix = target !== undefined && target.instance === null;
  for await (const line of lines) {
    printItem(output, line, () =>
      prefix ? `${prefixOf(line.instance, output.out.colors)}${line.line}` : line.line,
    );
    await output.out.drained();
  }
}

function checkExpression(written: string): void {
  const pattern = compilePattern(written);
  if ('problem' in pattern)
    throw new SlipwayError('usage', {
      message: `--grep takes a regular expression; this one ${pattern.problem}`,
      next: 'slipway logs --help',
    });
}

function open(options: {
  client: Client;
  target: Target | undefined;
  options: LogOptions;
  lastEventId: string | undefined;
}) {
  const { client, target, options: given, lastEventId } = options;
  const { follow = false, stderr = false, since, grep } = given;
  const searching = since !== undefined || grep !== undefined;
  const { lines = searching ? Number.POSITIVE_INFINITY : DEFAULT_LINES } = given;
  const query = {
    follow,
    stderr,
    grep,
    since: since === undefined ? undefined : Date.now() - since,
    lines: lastEventId === undefined && Number.isFinite(lines) ? lines : undefined,
  };
  const callOptions = lastEventId === undefined ? {} : { lastEventId };
  if (target === undefined) return client.agentLogs(query, callOptions);
  return client.logs({ ...query, app: target.app, instance: target.instance ?? undefined }, callOptions);
}

/** Instances are told apart by their colour. */
function prefixOf(instance: string | null, colors: Colors): string {
  if (instance === null) return '';
  const wheel = [colors.cyan, colors.magenta, colors.yellow, colors.blue, colors.green];
  const number = Number(instance.slice(instance.lastIndexOf('/') + 1)) || 0;
  const color = wheel[number % wheel.length] ?? colors.cyan;
  return `${color(instance)} `;
}
