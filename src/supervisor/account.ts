import os from 'node:os';
import { runTool, SlipwayError } from '../kernel/index.ts';
import { makeGroup } from './group.ts';

/** A user of the host, as getent(1) tells: local files, LDAP, whatever it is set to ask. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/**
 * The command that makes a user of the host. Its group is made apart, for it may be there before the user is: useradd would
 * not take it. A home is what npm, composer and git look for.
 */
export function makeUser(name: string): string {
  return `${makeGroup(name)} && useradd --system --gid ${name} --create-home --shell /usr/sbin/nologin ${name}`;
}

/**
 * The account that processes run as; null where it is the agent's own.
 * @throws SlipwayError `permission` where there is no such user, or the agent may not become it
 */
export async function findAccount(user: string): Promise<Account | null> {
  const [name, , uid, gid, , home] = await entryOf(user);
  if (!name || !uid || !gid)
    throw new SlipwayError('permission', {
      message: `there is no user "${user}" on this host`,
      hint: 'nothing was started',
      next: makeUser(user),
    });
  const own = os.userInfo().uid;
  if (Number(uid) === own) return null;
  if (own !== 0)
    throw new SlipwayError('permission', {
      message: `the agent runs as ${os.userInfo().username} and cannot start processes as "${user}"`,
      hint: 'only root can; nothing was started',
    });
  return { name, uid: Number(uid), gid: Number(gid), home: home ?? '/' };
}

/** The number of a user; null where there is none. */
export async function findUid(user: string): Promise<number | null> {
  const [, , uid] = await entryOf(user);
  return uid ? Number(uid) : null;
}

/** The name of a user; null where there is none of that number. */
export async function userName(uid: number): Promise<string | null> {
  return (await entryOf(String(uid)))[0] || null;
}

async function entryOf(user: string): Promise<string[]> {
  const line = await runTool(['getent', 'passwd', '--', user]).catch(() => '');
  return line.trim().split(':');
}
