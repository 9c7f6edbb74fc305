import type { Client, Done, Role } from '../../api/index.ts';
import { SlipwayError, systemClock } from '../../kernel/index.ts';
import { printData } from '../output/index.ts';
import type { Session } from '../session.ts';
import { usersView } from '../view/index.ts';

interface GrantOptions {
  role?: Role;
  apps?: string[];
}

export async function invite(session: Session, options: GrantOptions & { user?: string }): Promise<void> {
  const { output } = session;
  const invited = await (await session.client()).inviteUser(options);
  printData(output, invited, () => invited.url);
  if (output.json) return;
  output.err.write('one person can use it, once and within an hour; whoever has it may do so\n');
}

export async function list(session: Session): Promise<void> {
  const { output } = session;
  const users = await (await session.client()).users();
  const now = systemClock.now();
  printData(output, users, () => usersView(users, { colors: output.out.colors, now }));
}

export async function set(
  session: Session,
  user: string,
  { role, apps, allApps = false }: GrantOptions & { allApps?: boolean },
): Promise<void> {
  if (role === undefined && apps === undefined && !allApps)
    throw new SlipwayError('usage', {
      message: 'what is to be changed? --role, --apps or --all-apps',
      next: 'slipway user set --help',
    });
  await change(session, (client) => client.setUser({ user, role, apps: allApps ? null : apps }));
}

export const logOut = (session: Session, user: string) =>
  change(session, (client) => client.endSessionsOf({ user }));

export const remove = (session: Session, user: string) =>
  change(session, (client) => client.removeUser({ user }));

async function change(session: Session, call: (client: Client) => Promise<Done>): Promise<void> {
  const done = await call(await session.client());
  printData(session.output, done, () => done.message);
}
