import { SlipwayError } from '../../kernel/index.ts';
import { printData, symbolsOf } from '../output/index.ts';
import type { Target } from '../parse.ts';
import type { Session } from '../session.ts';
import { vmView } from '../view/index.ts';

/** What the Erlang VM of one instance tells. */
export async function vm({ output, env, client }: Session, target: Target | undefined): Promise<void> {
  if (target?.instance == null)
    throw new SlipwayError('usage', {
      message: '--vm is about the VM of one instance',
      hint: `say which: slipway status ${target?.app ?? '<app>'}/1 --vm`,
      next: 'slipway status',
    });
  const { app, instance } = target;
  const found = await (await client()).vm({ app, instance });
  const { colors, columns } = output.out;
  printData(output, found, () => vmView(found, { colors, columns: columns(), symbols: symbolsOf(env) }));
}
