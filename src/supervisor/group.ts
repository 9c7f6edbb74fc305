import { runTool, SlipwayError } from '../kernel/index.ts';

/** The command that makes a group of the host; that it is there already is no error. */
export function makeGroup(name: string): string {
  return `groupadd --force --system ${name}`;
}

/**
 * The number of a group of the host, as getent(1) tells: local files, LDAP, whatever it is set to ask.
 * @throws SlipwayError `permission` where there is no such group
 */
export async function findGroup(name: string): Promise<number> {
  const line = await runTool(['getent', 'group', '--', name]).catch(() => '');
  const [found, , gid] = line.trim().split(':');
  // getent takes a number for a group, too; names are asked for here.
  if (found !== name || !gid)
    throw new SlipwayError('permission', {
      message: `there is no group "${name}" on this host`,
      hint: 'nothing was changed',
      next: makeGroup(name),
    });
  return Number(gid);
}
