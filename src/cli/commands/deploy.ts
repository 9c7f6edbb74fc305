import { printData } from '../output/index.ts';
import { type FollowOptions, startAndFollow } from '../progress/index.ts';
import type { Session } from '../session.ts';
import { planView } from '../view/index.ts';

interface DeployOptions extends FollowOptions {
  version?: string;
  dryRun?: boolean;
  force?: boolean;
}

export async function deploy(session: Session, app: string, options: DeployOptions): Promise<number> {
  const { version, dryRun, force = false } = options;
  if (dryRun) {
    const client = await session.client();
    const plan = await client.planDeploy({ app, version, force });
    printData(session.output, plan, () => planView(plan, { colors: session.output.out.colors }));
    return 0;
  }
  return startAndFollow(session, {
    app,
    start: (client, signal) => client.deploy({ app, version, force }, { signal }),
    follow: options,
  });
}
