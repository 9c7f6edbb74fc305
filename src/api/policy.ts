import type { Principal, Role } from '../access/index.ts';
import type { contract } from './contract.ts';

/** What can be asked: an operation of the contract, or one of those that stand beside it. */
export type Operation = keyof typeof contract | 'upload' | 'terminal' | 'run' | 'hostShell';

interface Rule {
  /** The least that may ask for it; null: anybody, before he has logged in. */
  role: Role | null;
  /**
   * `app`: one app, or a deployment of it. `apps`: a list of which everybody sees what is of his apps. `host`: the whole host, so only
   * those may who are let to all apps. `self`: whoever asks.
   */
  about: 'app' | 'apps' | 'host' | 'self';
  /** Whoever does it can do whatever the app can: where that runs as root, he is root on the host. */
  isAsApp?: true;
}

const READS: Rule = { role: 'viewer', about: 'app' };
const DEPLOYS: Rule = { role: 'deployer', about: 'app' };
const ACTS_AS_APP: Rule = { role: 'deployer', about: 'app', isAsApp: true };
const LISTS: Rule = { role: 'viewer', about: 'apps' };
const DEPLOYS_HOST: Rule = { role: 'deployer', about: 'host' };
const READS_HOST: Rule = { role: 'viewer', about: 'host' };
const ANYBODY: Rule = { role: null, about: 'self' };
const OWN: Rule = { role: 'viewer', about: 'self' };
const RULES_HOST: Rule = { role: 'admin', about: 'host' };

/** Who may do what over TCP, and on the socket of a group. The socket's owner may do everything. */
const POLICY: Record<Operation, Rule> = {
  status: LISTS,
  releases: READS,
  deployments: READS,
  deployment: READS,
  followDeployment: READS,
  planDeploy: READS,
  planRollback: READS,
  vm: READS,
  logs: READS,
  accessLog: READS,
  cron: READS,
  runs: READS,
  stepMedians: READS,
  envNames: READS,
  events: LISTS,
  timeline: LISTS,

  deploy: DEPLOYS,
  rollback: DEPLOYS,
  cancel: DEPLOYS,
  promote: DEPLOYS,
  pin: DEPLOYS,
  unpin: DEPLOYS,
  ghost: DEPLOYS,
  unghost: DEPLOYS,
  restart: DEPLOYS,
  stop: DEPLOYS,
  start: DEPLOYS,
  setMaintenance: DEPLOYS,
  runCron: DEPLOYS,

  upload: ACTS_AS_APP,
  env: ACTS_AS_APP,
  changeEnv: ACTS_AS_APP,
  secrets: ACTS_AS_APP,
  changeSecrets: ACTS_AS_APP,
  terminal: ACTS_AS_APP,
  run: ACTS_AS_APP,
  certificates: LISTS,
  renewCertificates: DEPLOYS_HOST,

  endConsole: DEPLOYS,
  consoles: LISTS,

  logIn: ANYBODY,
  secondFactor: ANYBODY,
  passkeyOptions: ANYBODY,
  passkeyLogIn: ANYBODY,
  lookAtInvitation: ANYBODY,
  acceptInvitation: ANYBODY,
  logOut: ANYBODY,
  me: OWN,
  changePassword: OWN,
  setUpTotp: OWN,
  confirmTotp: OWN,
  removeTotp: OWN,
  passkeyRegistration: OWN,
  addPasskey: OWN,
  removePasskey: OWN,
  sessions: OWN,
  endSession: OWN,

  users: RULES_HOST,
  inviteUser: RULES_HOST,
  setUser: RULES_HOST,
  removeUser: RULES_HOST,
  endSessionsOf: RULES_HOST,
  tokens: RULES_HOST,
  createToken: RULES_HOST,
  revokeToken: RULES_HOST,
  audit: RULES_HOST,

  host: READS_HOST,
  doctor: READS_HOST,
  agentLogs: READS_HOST,
  configuration: RULES_HOST,
  planConfiguration: RULES_HOST,
  applyConfiguration: RULES_HOST,
  endAgent: RULES_HOST,
  hostShell: RULES_HOST,
};

/** What an operation is asked of. */
export interface Subject {
  /** Whether an app, or a deployment, was named. */
  isNamed: boolean;
  /** Id of the app that this is, or is of; null where there is none. */
  app: string | null;
  /** Asked for only where `mindsRoot`. */
  runsAsRoot?: boolean;
}

/** Why somebody may not; `who`: null where nobody knows. */
export interface Refusal {
  code: 'unauthenticated' | 'forbidden';
  reason: string;
}

/** Null where he may. What he may not know of is refused as what is not there. */
export function refusal(who: Principal | null, operation: Operation, subject: Subject): Refusal | null {
  const { role, about } = POLICY[operation];
  if (who?.kind === 'socket') return null;
  if (role === null) return who?.kind === 'group' ? no('nobody logs in here: who asks is known') : null;
  if (who === null) return { code: 'unauthenticated', reason: 'nothing that lets you in was sent' };
  if (!mayAs(who.role, role)) return no(`it takes the role ${role}, and ${who.name} is ${who.role}`);
  if (about === 'self' || who.apps === null) return asRoot(who, operation, subject);
  if (about === 'host') return no('it takes somebody who is let to all apps');
  if (subject.isNamed ? !knows(who, subject.app) : about === 'app')
    return no(`${who.name} is let to ${who.apps.join(', ') || 'no app'} alone`);
  return asRoot(who, operation, subject);
}

/** `app`: an id; null: what is about no app, of which only those know who are let to all. */
export function knows({ apps }: Pick<Principal, 'apps'>, app: string | null): boolean {
  return apps === null || (app !== null && apps.includes(app));
}

/** Whether it makes a difference that the app runs as root. */
export function mindsRoot(who: Principal | null, operation: Operation): boolean {
  return POLICY[operation].isAsApp === true && who?.kind !== 'socket' && who?.role !== 'admin';
}

function asRoot(who: Principal, operation: Operation, { app, runsAsRoot }: Subject): Refusal | null {
  if (!runsAsRoot || !mindsRoot(who, operation)) return null;
  return no(`${app} runs as root, so it takes the role admin, and ${who.name} is ${who.role}`);
}

function mayAs(role: Role, needed: Role): boolean {
  const order: Role[] = ['viewer', 'deployer', 'admin'];
  return order.indexOf(role) >= order.indexOf(needed);
}

function no(reason: string): Refusal {
  return { code: 'forbidden', reason };
}
