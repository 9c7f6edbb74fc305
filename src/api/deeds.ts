import type { Asked } from './backend-input.ts';
import type { contract } from './contract.ts';
import type { Operation } from './policy.ts';

type Contract = keyof typeof contract;
type Details = Record<string, unknown>;

/** What the audit says of an operation that changes something. */
interface Deed<Of, Result> {
  /** The verb of the command line, with what follows it where that tells more. */
  action: string | ((asked: Of) => string);
  /** What it is done to, beside the app that is named; default: that app. */
  subject?: (asked: Of) => string;
  /** What came of it that no look at the app or the user tells. Never a secret. */
  after?: (asked: Of, result: Result) => Details;
  /** False: nothing of it is to outlive the agent, so it is done where the journal cannot be used, too. */
  isRecorded?: false;
}

type Named = { [Key in Contract]: Deed<Asked<Key>, never> | null };

/** Operations that change nothing have none; log-ins are written down where it is known who it was. */
const DEEDS = {
  deploy: {
    action: 'deploy',
    after: ({ version, ref, upload, force }, result: { deployment: number }) =>
      given({ deployment: result.deployment, version, ref, upload, force: force || null }),
  },
  rollback: {
    action: 'rollback',
    after: ({ to }, result: { deployment: number }) => given({ deployment: result.deployment, to }),
  },
  promote: { action: 'promote', subject: ({ id }) => `deployment ${id}` },
  cancel: { action: 'cancel', subject: ({ id }) => `deployment ${id}` },
  pin: { action: 'pin', subject: ({ app, version }) => `${app} ${version}` },
  unpin: { action: 'unpin' },
  ghost: { action: 'ghost', subject: ({ app, version }) => `${app} ${version}` },
  unghost: { action: 'unghost', subject: ({ app, version }) => `${app} ${version}` },
  restart: { action: 'restart', subject: instanceOf },
  stop: { action: 'stop', subject: instanceOf },
  start: { action: 'start', subject: instanceOf },
  changeEnv: { action: (asked) => `env ${wordOf(asked)}`, after: namesOf },
  changeSecrets: { action: (asked) => `secret ${wordOf(asked)}`, after: namesOf },
  setMaintenance: { action: ({ on }) => `maintenance ${on ? 'on' : 'off'}` },
  renewCertificates: { action: 'certs renew', subject: ({ name }) => name ?? 'all' },
  runCron: { action: 'cron run', subject: ({ app, entry }) => `${app} ${entry}` },
  endConsole: { action: 'console end', subject: ({ console: id }) => id, isRecorded: false },
  endAgent: { action: 'agent end', isRecorded: false },
  applyConfiguration: {
    action: 'config apply',
    after: (_, result: { message: string }) => ({ changes: result.message.split('\n').slice(0, 20) }),
  },

  changePassword: { action: 'password' },
  confirmTotp: { action: 'codes on' },
  removeTotp: { action: 'codes off' },
  addPasskey: { action: 'passkey add', subject: ({ name }) => name },
  removePasskey: { action: 'passkey remove', subject: ({ passkey }) => passkey },
  endSession: { action: 'session end', subject: ({ session }) => `session ${session}` },
  inviteUser: {
    action: 'user invite',
    subject: ({ user }) => user ?? 'somebody',
    after: ({ role, apps }) => given({ role, apps }),
  },
  setUser: { action: 'user set', subject: ({ user }) => user },
  removeUser: { action: 'user remove', subject: ({ user }) => user },
  endSessionsOf: { action: 'user log-out', subject: ({ user }) => user },
  createToken: {
    action: 'token create',
    subject: ({ name }) => name,
    after: ({ role, apps }, result: { id: number }) => ({ id: result.id, role, apps }),
  },
  revokeToken: { action: 'token revoke', subject: ({ token }) => `token ${token}` },

  status: null,
  releases: null,
  deployments: null,
  deployment: null,
  followDeployment: null,
  planDeploy: null,
  vm: null,
  runs: null,
  timeline: null,
  stepMedians: null,
  env: null,
  envNames: null,
  planRollback: null,
  secrets: null,
  cron: null,
  logs: null,
  accessLog: null,
  agentLogs: null,
  events: null,
  consoles: null,
  configuration: null,
  planConfiguration: null,
  host: null,
  doctor: null,
  certificates: null,
  logIn: null,
  logOut: null,
  secondFactor: null,
  passkeyOptions: null,
  passkeyLogIn: null,
  lookAtInvitation: null,
  acceptInvitation: null,
  me: null,
  setUpTotp: null,
  passkeyRegistration: null,
  sessions: null,
  users: null,
  tokens: null,
  audit: null,
} satisfies Named;

/** Archives are received beside the operations, by a method of this name. */
const UPLOAD: Deed<{ app: string }, { upload: string; size_bytes: number }> = {
  action: 'upload',
  after: (_, { upload, size_bytes }) => ({ upload, size_bytes }),
};

export type AnyDeed = Deed<Record<string, unknown>, unknown>;

/** Of a method of the backend; null where it changes nothing, or is written down elsewhere. */
export function deedOf(method: string): AnyDeed | null {
  if (method === 'receiveUpload') return UPLOAD as unknown as AnyDeed;
  return Object.hasOwn(DEEDS, method) ? (DEEDS[method as Contract] as unknown as AnyDeed | null) : null;
}

/** What the audit calls something that was refused before it was known what exactly was asked. */
export function actionOf(operation: Operation): string {
  if (operation === 'upload' || operation === 'run') return operation;
  if (operation === 'terminal' || operation === 'hostShell') return 'shell';
  const action = DEEDS[operation]?.action ?? operation;
  return typeof action === 'string' ? action : (FAMILIES[operation] ?? operation);
}

/** Of those whose action says more once it is known. */
const FAMILIES: Partial<Record<Operation, string>> = {
  changeEnv: 'env',
  changeSecrets: 'secret',
  setMaintenance: 'maintenance',
};

function instanceOf({ app, instance }: { app: string; instance: string | null }): string {
  return instance === null ? app : `${app}/${instance}`;
}

function wordOf({ set }: { set: Record<string, string> }): string {
  return Object.keys(set).length > 0 ? 'set' : 'unset';
}

/** Values may be secrets. */
function namesOf({ set, unset }: { set: Record<string, string>; unset: string[] }): Details {
  return given({ set: listOf(Object.keys(set)), unset: listOf(unset) });
}

function listOf(names: string[]): string[] | null {
  return names.length === 0 ? null : names;
}

function given(details: Details): Details {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== null));
}
