import { systemClock } from '../../kernel/index.ts';
import { printData } from '../output/index.ts';
import type { Session } from '../session.ts';
import { deploymentsView, releasesView } from '../view/index.ts';

export async function releases(session: Session, app: string): Promise<void> {
  const client = await session.client();
  const found = await client.releases({ app });
  printData(session.output, found, () => releasesView(found, viewOptions(session, app)));
}

export async function deployments(session: Session, app: string): Promise<void> {
  const client = await session.client();
  const found = await client.deployments({ app });
  printData(session.output, found, () => deploymentsView(found, viewOptions(session, app)));
}

function viewOptions({ output }: Session, app: string) {
  return { app, colors: output.out.colors, columns: output.out.columns(), now: systemClock.now() };
}
