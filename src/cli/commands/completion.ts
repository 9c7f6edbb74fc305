import type { Command } from 'commander';
import type { Client } from '../../api/index.ts';
import { SlipwayError } from '../../kernel/index.ts';
import { completionScript, type Offer, type Shell } from '../completion/index.ts';
import type { Session } from '../session.ts';

export async function completion(
  session: Session,
  options: { program: Command; shell: Shell | undefined; offer?: string; of?: string },
): Promise<void> {
  const { program, shell } = options;
  if (options.offer !== undefined) return offer(session, options.offer, options.of ?? '');
  if (shell === undefined) {
    throw new SlipwayError('usage', {
      message: 'for which shell? bash, zsh or fish',
      next: 'slipway completion --help',
    });
  }
  session.output.out.write(completionScript(shell, program));
}

/** What the scripts ask for. Without an agent there is nothing to offer, and nobody to tell. */
async function offer(session: Session, kind: string, app: string): Promise<void> {
  const offers: Record<Offer, (client: Client) => Promise<string[]>> = {
    apps: async (client) => (await client.status({})).apps.map((each) => each.app),
    targets,
    entries: async (client) => namesOf(await client.cron({ app })),
    variables: async (client) => namesOf(await client.env({ app })),
    secrets: async (client) => namesOf(await client.secrets({ app })),
  };
  try {
    const words = (await offers[kind as Offer]?.(await session.client())) ?? [];
    for (const word of words) session.output.out.write(`${word}\n`);
  } catch {}
}

/** Apps, their instances, and workers as a whole and one by one. */
async function targets(client: Client): Promise<string[]> {
  const { apps } = await client.status({});
  return apps.flatMap(({ app, instances }) => {
    const each = instances.map(({ instance }) => instance);
    const workers = each.map((instance) => /^(.*\/[a-z][^/]*)\.\d+$/.exec(instance)?.[1] ?? instance);
    return [...new Set([app, ...workers, ...each])];
  });
}

function namesOf(named: { name: string }[]): string[] {
  return named.map(({ name }) => name);
}
