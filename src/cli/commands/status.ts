import { type Client, resume, type Status } from '../../api/index.ts';
import { SlipwayError, systemClock, visible } from '../../kernel/index.ts';
import { printData, printItem } from '../output/index.ts';
import type { Target } from '../parse.ts';
import type { Session } from '../session.ts';
import { statusView } from '../view/index.ts';

export async function status(
  session: Session,
  target: Target | undefined,
  options: { watch?: boolean; vm?: boolean },
): Promise<void> {
  if (options.vm) return (await import('./vm.ts')).vm(session, target);
  if (options.watch) return watch(session, target);
  const found = await ask(await session.client(), target);
  printData(session.output, found, () => view(session, found));
}

const REDRAW_MS = 1000;
const HOME = '\x1b[H';
const CLEAR_SCREEN = '\x1b[2J';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** Shows the status again at each event; on a terminal in place, and each second for the times in it. */
async function watch(session: Session, target: Target | undefined): Promise<void> {
  const { out, err } = session.output;
  session.output.endWithReader();
  const inPlace = out.live && !session.output.json;
  const client = await session.client();
  const events = resume({
    open: async (lastEventId) => {
      const opened = await client.events({}, lastEventId === undefined ? {} : { lastEventId });
      await refresh();
      return opened;
    },
    signal: new AbortController().signal,
    wholeValues: true,
    onLost: () => err.write('the agent is away; this waits until it is back\n'),
  });
  if (inPlace) {
    out.raw(CLEAR_SCREEN);
    // What goes wrong here goes wrong at the next event as well, and is told then.
    setInterval(() => {
      refresh().catch(() => {});
    }, REDRAW_MS);
  }
  for await (const _ of events) await refresh().catch(ignoreUnreachable);

  async function refresh(): Promise<void> {
    const found = await ask(client, target);
    if (!inPlace) return printItem(session.output, found, () => `${view(session, found)}\n`);
    const lines = visible(view(session, found), { colours: true })
      .split('\n')
      .slice(0, out.rows() - 1);
    out.raw(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}\n`).join('')}${CLEAR_BELOW}`);
  }
}

/** Asks for the status; that of one instance is the app with that instance alone. */
async function ask(client: Client, target: Target | undefined): Promise<Status> {
  const found = await client.status({ app: target?.app });
  const [app] = found.apps;
  if (target?.instance == null || !app) return found;
  const wanted = `${app.app}/${target.instance}`;
  const instances = app.instances.filter(
    ({ instance }) => instance === wanted || instance.startsWith(`${wanted}.`),
  );
  if (instances.length > 0) return { ...found, apps: [{ ...app, instances }] };
  throw new SlipwayError('instance_unknown', {
    message: `${app.app} has no instance or worker ${target.instance}`,
    next: `slipway status ${app.app}`,
  });
}

/** The stream of events tells of it, and waits. */
function ignoreUnreachable(error: unknown): void {
  if (!(error instanceof SlipwayError) || error.code !== 'agent_unreachable') throw error;
}

function view({ output }: Session, found: Status): string {
  return statusView(found, {
    colors: output.out.colors,
    columns: output.out.columns(),
    now: systemClock.now(),
  });
}
