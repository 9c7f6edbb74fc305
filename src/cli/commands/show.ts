import { untilInterrupted } from '../interrupt.ts';
import { printData } from '../output/output.ts';
import { symbolsOf } from '../output/symbols.ts';
import { follow } from '../progress/follow.ts';
import type { Session } from '../session.ts';
import { deploymentView } from '../view/deployment.ts';

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
    deploymentView(deployment, { colors: output.out.colors, symbols: symbolsOf(env), now: Date.now() }),
  );
  return 0;
}
