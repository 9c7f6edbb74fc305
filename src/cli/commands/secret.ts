import { SlipwayError, systemClock } from '../../kernel/index.ts';
import { printData } from '../output/index.ts';
import type { Session } from '../session.ts';
import { namesOf, valuesOf } from '../variables/index.ts';
import { secretsView } from '../view/index.ts';

export async function secret(
  session: Session,
  app: string,
  action: 'list' | 'set' | 'unset',
  words: string[],
): Promise<void> {
  const { output } = session;
  const verb = `slipway secret ${app} ${action}`;
  refuseValues(app, words);
  if (action === 'list') return list(session, app, words);
  const names = namesOf(words, verb);
  const change =
    action === 'set'
      ? { set: Object.fromEntries(await valuesOf(names, { verb, output })) }
      : { unset: names };
  const client = await session.client();
  const done = await client.changeSecrets({ app, ...change });
  printData(output, done, () => done.message);
}

async function list({ client, output }: Session, app: string, words: string[]): Promise<void> {
  if (words.length > 0) {
    throw new SlipwayError('usage', {
      message: `list takes no names: ${words.join(' ')}`,
      next: `slipway secret ${app}`,
    });
  }
  const found = await (await client()).secrets({ app });
  printData(output, found, () =>
    secretsView(found, { app, colors: output.out.colors, now: systemClock.now() }),
  );
}

function refuseValues(app: string, words: string[]): void {
  const assignment = words.find((word) => word.includes('='));
  if (assignment === undefined) return;
  const name = assignment.slice(0, assignment.indexOf('='));
  throw new SlipwayError('usage', {
    message: `the value of ${name || 'a secret'} must not stand on the command line`,
    hint: "others can see it in the list of processes, and it is in your shell's history now; without a value, it is asked for or read from standard input",
    next: `slipway secret ${app} set ${name || 'NAME'}`,
  });
}
