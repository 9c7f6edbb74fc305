import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { SlipwayError } from '../kernel/index.ts';

const UNITS = ['/etc/systemd/system/slipway.service', '/lib/systemd/system/slipway.service'];

/** Why no agent was reached on the socket, from the errno of the attempt, and how to reach one. */
export function unreachable(socketPath: string, errno: string | null): SlipwayError {
  if (errno === 'EACCES' || errno === 'EPERM') {
    return forbidden(socketPath);
  }
  if (errno === 'ECONNRESET' || errno === 'EPIPE') return lost(socketPath);
  return new SlipwayError('agent_unreachable', {
    message: `no agent answers on ${socketPath}${errno === 'ENOENT' || errno === 'ECONNREFUSED' ? '' : ` (${errno})`}`,
    hint: 'start it, or name the one that you mean with --config FILE or --socket PATH',
    next: startCommand(),
  });
}

/** The agent went away in the middle of an answer. */
export function lost(socketPath: string): SlipwayError {
  return new SlipwayError('agent_unreachable', {
    message: `the agent on ${socketPath} went away before it had answered`,
    hint: 'the apps go on without it; what it was doing, it finishes or undoes when it is back',
    next: startCommand(),
  });
}

function startCommand(): string {
  return UNITS.some((unit) => fs.existsSync(unit)) ? 'systemctl start slipway' : 'slipway agent';
}

/** Of the socket of a group it is told which one that is. */
function forbidden(socketPath: string): SlipwayError {
  const stat = fs.statSync(socketPath, { throwIfNoEntry: false });
  if (stat === undefined || (stat.mode & 0o060) === 0)
    return new SlipwayError('agent_unreachable', {
      message: `you may not open ${socketPath}`,
      hint: 'the socket belongs to the user that the agent runs as; run the command as that user or as root',
    });
  const [group = String(stat.gid), , , members = ''] = (lookUp(stat.gid) ?? '').trim().split(':');
  const { username } = os.userInfo();
  const isMember = members.split(',').includes(username);
  return new SlipwayError('agent_unreachable', {
    message: isMember
      ? `you may not open ${socketPath} yet: you have joined the group ${group} since you logged in`
      : `you may not open ${socketPath}: you are not in the group ${group}`,
    hint: isMember ? 'log in anew' : 'root puts you into it; log in anew then',
    next: isMember ? `newgrp ${group}` : `sudo usermod -aG ${group} ${username}`,
  });
}

/** The entry of a group, from wherever the host has it. */
function lookUp(gid: number): string | null {
  const { status, stdout } = spawnSync('getent', ['group', String(gid)], { encoding: 'utf8' });
  return status === 0 ? stdout : null;
}
