import { isSecretName, SlipwayError } from '../../kernel/index.ts';
import { printData } from '../output/index.ts';
import { type FollowOptions, startAndFollow } from '../progress/index.ts';
import type { Session } from '../session.ts';
import { assignmentsOf, namesOf } from '../variables/index.ts';
import { envView } from '../view/index.ts';

interface EnvOptions extends FollowOptions {
  reveal?: boolean;
  file?: string;
}

export async function env(
  session: Session,
  app: string,
  action: 'list' | 'set' | 'unset',
  words: string[],
  options: EnvOptions,
): Promise<number> {
  refuseStrayOptions(app, action, options);
  if (action === 'list') return list(session, app, words, options);
  const verb = `slipway env ${app} ${action}`;
  const change =
    action === 'set'
      ? { set: await assignmentsOf({ words, file: options.file ?? null, verb, output: session.output }) }
      : { unset: namesOf(words, verb) };
  return startAndFollow(session, {
    app,
    start: (client, signal) => client.changeEnv({ app, ...change }, { signal }),
    follow: options,
  });
}

async function list(
  session: Session,
  app: string,
  words: string[],
  { reveal = false }: EnvOptions,
): Promise<number> {
  const { output } = session;
  if (words.length > 0) {
    throw new SlipwayError('usage', {
      message: `list takes no names: ${words.map(nameIn).join(' ')}`,
      next: `slipway env ${app}`,
    });
  }
  const client = await session.client();
  const found = await client.env({ app });
  const shown = found.map(({ name, value }) => ({
    name,
    value: reveal || !isSecretName(name) ? value : null,
  }));
  const text = () => envView(shown, { app, channel: output.out });
  // A file of variables has to hold what they are.
  if (output.json || output.out.isTerminal) printData(output, shown, text);
  else output.out.raw(`${text()}\n`);
  const hidden = shown.filter(({ value }) => value === null).length;
  if (hidden > 0) {
    const hint = `${hidden} of ${shown.length} values look secret; to see them: slipway env ${app} --reveal`;
    output.err.write(`${output.err.colors.dim(hint)}\n`);
  }
  return 0;
}

/** What stands before the `=`: the value is not shown again. */
function nameIn(word: string): string {
  return word.split('=', 1)[0] ?? '';
}

function refuseStrayOptions(app: string, action: string, { reveal, file }: EnvOptions): void {
  const stray = reveal && action !== 'list' ? '--reveal' : file && action !== 'set' ? '--file' : null;
  if (stray === null) return;
  const right =
    stray === '--reveal' ? `slipway env ${app} --reveal` : `slipway env ${app} set --file ${file}`;
  throw new SlipwayError('usage', { message: `${action} has no option ${stray}`, next: right });
}
