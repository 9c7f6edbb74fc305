import fs from 'node:fs';
import type { AppConfiguration, Configuration } from '../config/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import { findGroup, findUid } from '../supervisor/index.ts';
import { type Check, fail, ok, warn } from './check.ts';
import type { RunningAgent } from './running-agent.ts';

const NAME = 'socket';

/** That the group is there and has its socket, and what its members can do that they are hardly meant to. */
export async function checkGroupSocket(
  { socket, apps }: Configuration,
  ask: () => Promise<RunningAgent>,
): Promise<Check[]> {
  if (socket === null) return [];
  const { group, role, path } = socket;
  let gid: number;
  try {
    gid = await findGroup(group);
  } catch (error) {
    const { message, next } = error as SlipwayError;
    const mend = error instanceof SlipwayError && next !== null ? `${next} && slipway config apply` : null;
    return [fail(NAME, `the group's socket ${path} is not there: ${message}`, mend)];
  }
  const agent = await ask().catch(() => null);
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  if (agent !== null && stat === undefined)
    return [fail(NAME, `the group ${group} has no socket ${path} yet`, 'slipway config apply')];
  if (stat !== undefined && (stat.gid !== gid || (stat.mode & 0o007) !== 0))
    return [
      fail(
        NAME,
        `others than root and the group ${group} may use ${path}`,
        `chgrp ${group} ${path} && chmod 0660 ${path}`,
      ),
    ];
  const asRoot = role === 'viewer' ? [] : await runningAsRoot(apps, socket.apps);
  const what = `members of ${group} may use ${path}, as ${role}`;
  if (asRoot.length === 0) return [ok(NAME, what)];
  const names = asRoot.map(({ id }) => id).join(', ');
  const can =
    role === 'admin'
      ? 'they may set its environment and secrets, send it releases and open its console: each of them is root here'
      : 'whoever of them may also write to what it is deployed from is root here';
  return [warn(NAME, `${what}; ${names} runs as root, so ${can}; give it a \`user\``, null)];
}

async function runningAsRoot(
  apps: readonly AppConfiguration[],
  named: readonly string[] | null,
): Promise<AppConfiguration[]> {
  const found = await Promise.all(
    apps
      .filter(({ id }) => named === null || named.includes(id))
      .map(async (app) => {
        const uid = app.user === null ? process.getuid?.() : await findUid(app.user);
        return uid === 0 ? [app] : [];
      }),
  );
  return found.flat();
}
