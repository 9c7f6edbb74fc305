import { systemClock } from '../../kernel/index.ts';
import { untilInterrupted } from '../interrupt.ts';
import { printData, symbolsOf } from '../output/index.ts';
import { follow } from '../progress/index.ts';
import type { Session } from '../session.ts';
import { deploymentView } from '../view/index.ts';

export async function show(
  session: Session,
  id: number,
  options: { follow?: boolean; timeout?: number },
): Promise<number> {
  const { output, env } = session;
  const client = await session.client();
  if (options.follow) {
    const interrupt = untilInterrupted(options.timeout ?? null);
    return follow(session, { client, id, interrupt }).finally(interrupt.dispose);
  }
  const deployment = await client.deployment({ id });
  printData(output, deployment, () =>
    deploymentView(deployment, {
      colors: output.out.colors,
      symbols: symbolsOf(env),
      now: systemClock.now(),
    }),
  );
  return 0;
}
