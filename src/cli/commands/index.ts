import type { Session } from '../session.ts';
import type { Verb } from '../verb.ts';
import { status } from './status.ts';

/** What the verbs do. Each is loaded when it is used, so that `status` does not wait for the others. */
export const verbs = {
  status,
  logs: late(async () => (await import('./logs.ts')).logs),
  releases: late(async () => (await import('./history.ts')).releases),
  deployments: late(async () => (await import('./history.ts')).deployments),
  timeline: late(async () => (await import('./timeline.ts')).timeline),
  show: late(async () => (await import('./show.ts')).show),
  deploy: late(async () => (await import('./deploy.ts')).deploy),
  rollback: late(async () => (await import('./rollback.ts')).rollback),
  cancel: late(async () => (await import('./change.ts')).cancel),
  promote: late(async () => (await import('./change.ts')).promote),
  pin: late(async () => (await import('./change.ts')).pin),
  unpin: late(async () => (await import('./change.ts')).unpin),
  ghost: late(async () => (await import('./change.ts')).ghost),
  unghost: late(async () => (await import('./change.ts')).unghost),
  restart: late(async () => (await import('./instances.ts')).restart),
  stop: late(async () => (await import('./instances.ts')).stop),
  start: late(async () => (await import('./instances.ts')).start),
  run: late(async () => (await import('./run.ts')).run),
  shell: late(async () => (await import('./shell.ts')).shell),
  env: late(async () => (await import('./env.ts')).env),
  secret: late(async () => (await import('./secret.ts')).secret),
  maintenance: late(async () => (await import('./change.ts')).maintenance),
  cron: late(async () => (await import('./cron.ts')).cron),
  userInvite: late(async () => (await import('./users.ts')).invite),
  userList: late(async () => (await import('./users.ts')).list),
  userSet: late(async () => (await import('./users.ts')).set),
  userLogOut: late(async () => (await import('./users.ts')).logOut),
  userRemove: late(async () => (await import('./users.ts')).remove),
  tokenCreate: late(async () => (await import('./tokens.ts')).create),
  tokenList: late(async () => (await import('./tokens.ts')).list),
  tokenRevoke: late(async () => (await import('./tokens.ts')).revoke),
  audit: late(async () => (await import('./audit.ts')).audit),
  configCheck: late(async () => (await import('./config.ts')).check),
  configSchema: late(async () => (await import('./config.ts')).schema),
  configShow: late(async () => (await import('./config.ts')).show),
  configApply: late(async () => (await import('./config.ts')).apply),
  init: late(async () => (await import('./init.ts')).init),
  publish: late(async () => (await import('./publish.ts')).publish),
  keysMake: late(async () => (await import('./keys.ts')).make),
  certsMake: late(async () => (await import('./certs.ts')).make),
  certsList: late(async () => (await import('./proxy-certificates.ts')).list),
  certsRenew: late(async () => (await import('./proxy-certificates.ts')).renew),
  backup: late(async () => (await import('./backup.ts')).backup),
  restore: late(async () => (await import('./backup.ts')).restore),
  importDeployex: late(async () => (await import('./import-deployex.ts')).importDeployex),
  update: late(async () => (await import('./update.ts')).update),
  doctor: late(async () => (await import('./doctor.ts')).doctor),
};

export async function completion(...params: Parameters<typeof import('./completion.ts').completion>) {
  return (await import('./completion.ts')).completion(...params);
}

/** Ends the agent that runs, and its apps. False where none runs. */
export async function endRunningAgent(session: Session): Promise<boolean> {
  return (await import('./agent.ts')).endRunningAgent(session);
}

function late(load: () => Promise<Verb>): Verb {
  return async (session, ...params) => (await load())(session, ...params);
}
