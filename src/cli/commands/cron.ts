import { SlipwayError, systemClock } from '../../kernel/index.ts';
import { printData, symbolsOf } from '../output/index.ts';
import type { Session } from '../session.ts';
import { cronView } from '../view/index.ts';

export async function cron(
  session: Session,
  app: string,
  action: 'list' | 'run',
  entry: string | undefined,
): Promise<void> {
  const { output, env } = session;
  if ((action === 'run') !== (entry !== undefined)) {
    throw new SlipwayError('usage', {
      message: entry === undefined ? 'which entry is to run?' : `list takes no entry: ${entry}`,
      next: entry === undefined ? `slipway cron ${app}` : `slipway cron ${app} run ${entry}`,
    });
  }
  const client = await session.client();
  if (entry !== undefined) {
    const done = await client.runCron({ app, entry });
    return printData(output, done, () => done.message);
  }
  const found = await client.cron({ app });
  printData(output, found, () =>
    cronView(found, { app, colors: output.out.colors, symbols: symbolsOf(env), now: systemClock.now() }),
  );
}
