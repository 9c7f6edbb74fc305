import { SlipwayError } from '../../kernel/index.ts';
import { completionScript, type Shell } from '../completion/index.ts';
import { createProgram } from '../program.ts';
import type { Session } from '../session.ts';

export async function completion(
  session: Session,
  shell: Shell | undefined,
  options: { apps?: boolean },
): Promise<void> {
  if (options.apps) return printApps(session);
  if (shell === undefined) {
    throw new SlipwayError('usage', {
      message: 'for which shell? bash, zsh or fish',
      next: 'slipway completion --help',
    });
  }
  const program = createProgram({ version: '', bind: () => async () => {}, runAgent: async () => {} });
  session.output.out.write(completionScript(shell, program));
}

/** What the scripts ask for. Without an agent there is nothing to offer, and nobody to tell. */
async function printApps(session: Session): Promise<void> {
  try {
    const client = await session.client();
    const { apps } = await client.status({});
    for (const { app } of apps) session.output.out.write(`${app}\n`);
  } catch {}
}
