import fs from 'node:fs';
import { systemClock } from '../../kernel/index.ts';
import { deployCommand } from '../../wording/index.ts';
import { printData } from '../output/index.ts';
import { type FollowOptions, startAndFollow } from '../progress/index.ts';
import type { Session } from '../session.ts';
import { planView } from '../view/index.ts';

interface DeployOptions extends FollowOptions {
  version?: string;
  ref?: string;
  archive?: string;
  dryRun?: boolean;
  force?: boolean;
  full?: boolean;
}

export async function deploy(session: Session, app: string, options: DeployOptions): Promise<number> {
  const { version, ref, archive, dryRun, force = false, full = false } = options;
  if (dryRun) {
    const client = await session.client();
    const plan = await client.planDeploy({ app, version, ref, force, full });
    const { colors, columns } = session.output.out;
    printData(session.output, plan, () =>
      planView(plan, {
        colors,
        columns: columns(),
        now: systemClock.now(),
        next: deployCommand(app, options),
      }),
    );
    return 0;
  }
  const signature = archive === undefined ? undefined : signatureBeside(archive);
  const upload = archive === undefined ? undefined : await send(session, app, archive);
  return startAndFollow(session, {
    app,
    start: (client, signal) =>
      client.deploy({ app, version, ref, upload, signature, force, full }, { signal }),
    follow: options,
  });
}

/** Sent along where it is there: the agent knows whether there must be one. */
function signatureBeside(archive: string): string | undefined {
  // Standard input.
  if (archive === '-') return undefined;
  try {
    return fs.readFileSync(`${archive}.minisig`, 'utf8');
  } catch {
    return undefined;
  }
}

async function send(session: Session, app: string, file: string): Promise<string> {
  const { sendArchive } = await import('./send-archive.ts');
  return sendArchive(session, { app, file });
}
