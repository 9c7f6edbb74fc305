import fs from 'node:fs';
import { SlipwayError } from '../kernel/index.ts';

const UNITS = ['/etc/systemd/system/slipway.service', '/lib/systemd/system/slipway.service'];

/** Why no agent was reached on the socket, from the errno of the attempt, and how to reach one. */
export function unreachable(socketPath: string, errno: string | null): SlipwayError {
  if (errno === 'EACCES' || errno === 'EPERM') {
    return new SlipwayError('agent_unreachable', {
      message: `you may not open ${socketPath}`,
      hint: 'the socket belongs to the user that the agent runs as; run the command as that user or as root',
    });
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
