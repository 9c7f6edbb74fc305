/**
 * Method and path of every operation, relative to `/api/v1`. They stand apart from the shapes so that the command line
 * can call them without loading zod.
 */
export const routes = {
  status: { method: 'GET', path: '/status' },
  releases: { method: 'GET', path: '/apps/{app}/releases' },
  deployments: { method: 'GET', path: '/apps/{app}/deployments' },
  deployment: { method: 'GET', path: '/deployments/{id}' },
  followDeployment: { method: 'GET', path: '/deployments/{id}/events' },
  planDeploy: { method: 'GET', path: '/apps/{app}/plan' },
  deploy: { method: 'POST', path: '/apps/{app}/deployments' },
  planRollback: { method: 'GET', path: '/apps/{app}/rollback/plan' },
  rollback: { method: 'POST', path: '/apps/{app}/rollback' },
  promote: { method: 'POST', path: '/deployments/{id}/promote' },
  cancel: { method: 'POST', path: '/deployments/{id}/cancel' },
  pin: { method: 'PUT', path: '/apps/{app}/pin' },
  unpin: { method: 'DELETE', path: '/apps/{app}/pin' },
  ghost: { method: 'PUT', path: '/apps/{app}/ghosts/{version}' },
  unghost: { method: 'DELETE', path: '/apps/{app}/ghosts/{version}' },
  restart: { method: 'POST', path: '/apps/{app}/restart' },
  stop: { method: 'POST', path: '/apps/{app}/stop' },
  start: { method: 'POST', path: '/apps/{app}/start' },
  runs: { method: 'GET', path: '/apps/{app}/instances/{instance}/runs' },
  stepMedians: { method: 'GET', path: '/apps/{app}/step-medians' },
  timeline: { method: 'GET', path: '/timeline' },
  vm: { method: 'GET', path: '/apps/{app}/instances/{instance}/vm' },
  env: { method: 'GET', path: '/apps/{app}/env' },
  envNames: { method: 'GET', path: '/apps/{app}/env/names' },
  changeEnv: { method: 'PUT', path: '/apps/{app}/env' },
  secrets: { method: 'GET', path: '/apps/{app}/secrets' },
  changeSecrets: { method: 'PUT', path: '/apps/{app}/secrets' },
  setMaintenance: { method: 'PUT', path: '/apps/{app}/maintenance' },
  cron: { method: 'GET', path: '/apps/{app}/cron' },
  runCron: { method: 'POST', path: '/apps/{app}/cron/{entry}/run' },
  logs: { method: 'GET', path: '/apps/{app}/logs' },
  endAgent: { method: 'POST', path: '/agent/end' },
  consoles: { method: 'GET', path: '/consoles' },
  endConsole: { method: 'DELETE', path: '/consoles/{console}' },
  host: { method: 'GET', path: '/host' },
  doctor: { method: 'GET', path: '/host/doctor' },
  certificates: { method: 'GET', path: '/certificates' },
  renewCertificates: { method: 'POST', path: '/certificates/renew' },
  accessLog: { method: 'GET', path: '/apps/{app}/access' },
  agentLogs: { method: 'GET', path: '/agent/logs' },
  events: { method: 'GET', path: '/events' },
  configuration: { method: 'GET', path: '/configuration' },
  planConfiguration: { method: 'GET', path: '/configuration/plan' },
  applyConfiguration: { method: 'POST', path: '/configuration/apply' },
  logIn: { method: 'POST', path: '/session/log-in' },
  secondFactor: { method: 'POST', path: '/session/second-factor' },
  passkeyOptions: { method: 'POST', path: '/session/passkey/options' },
  passkeyLogIn: { method: 'POST', path: '/session/passkey' },
  lookAtInvitation: { method: 'POST', path: '/session/invitation/look' },
  acceptInvitation: { method: 'POST', path: '/session/invitation' },
  logOut: { method: 'POST', path: '/session/log-out' },
  me: { method: 'GET', path: '/me' },
  changePassword: { method: 'PUT', path: '/me/password' },
  setUpTotp: { method: 'POST', path: '/me/totp' },
  confirmTotp: { method: 'PUT', path: '/me/totp' },
  removeTotp: { method: 'DELETE', path: '/me/totp' },
  passkeyRegistration: { method: 'POST', path: '/me/passkeys/options' },
  addPasskey: { method: 'POST', path: '/me/passkeys' },
  removePasskey: { method: 'DELETE', path: '/me/passkeys/{passkey}' },
  sessions: { method: 'GET', path: '/me/sessions' },
  endSession: { method: 'DELETE', path: '/me/sessions/{session}' },
  users: { method: 'GET', path: '/users' },
  inviteUser: { method: 'POST', path: '/users/invitations' },
  setUser: { method: 'PUT', path: '/users/{user}' },
  removeUser: { method: 'DELETE', path: '/users/{user}' },
  endSessionsOf: { method: 'DELETE', path: '/users/{user}/sessions' },
  tokens: { method: 'GET', path: '/tokens' },
  createToken: { method: 'POST', path: '/tokens' },
  revokeToken: { method: 'DELETE', path: '/tokens/{token}' },
  audit: { method: 'GET', path: '/audit' },
} as const;

/** It stands beside the operations, because its body is a stream of bytes and not JSON. Query: `name=<file name>`. */
export const UPLOAD_ROUTE = { method: 'POST', path: '/apps/{app}/uploads' } as const;

/** It stands beside the operations, because it is a WebSocket; `terminal-frames.ts` has what goes over it. */
export const TERMINAL_PATH = '/terminal';

/** Git hosts tell of a push here, beside the API, and on TCP too. */
export const HOOKS_PREFIX = '/hooks/';

export const API_PREFIX = '/api/v1';

/** Names the person behind a request, percent-encoded. Only to be read: whoever may open the socket may do everything. */
export const ACTOR_HEADER = 'slipway-actor';
