import type { Shell } from '../completion/index.ts';
import type { Session } from '../session.ts';
import { cancel, ghost, pin, unghost, unpin } from './change.ts';
import { deploy } from './deploy.ts';
import { deployments, releases } from './history.ts';
import { restart, start, stop } from './instances.ts';
import { logs } from './logs.ts';
import { rollback } from './rollback.ts';
import { show } from './show.ts';
import { status } from './status.ts';

export { endRunningAgent } from './agent.ts';

/**
 * What the verbs do. Those that need more than the socket are loaded when they are used, so that `status` does not wait
 * for them.
 */
export const verbs = {
  status,
  logs,
  releases,
  deployments,
  show,
  deploy,
  rollback,
  cancel,
  pin,
  unpin,
  ghost,
  unghost,
  restart,
  stop,
  start,
  configCheck: async (session: Session) => (await import('./config.ts')).check(session),
  configSchema: async (session: Session) => (await import('./config.ts')).schema(session),
  configShow: async (session: Session) => (await import('./config.ts')).show(session),
  configApply: async (session: Session) => (await import('./config.ts')).apply(session),
  doctor: async (session: Session) => (await import('./doctor.ts')).doctor(session),
  completion: async (session: Session, shell: Shell | undefined, options: { apps?: boolean }) =>
    (await import('./completion.ts')).completion(session, shell, options),
};
