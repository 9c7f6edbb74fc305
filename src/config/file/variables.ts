/**
 * The variables of DeployEx's guide (its table "Environment Variables"). Where there is no file they make one app, in the
 * places that the guide names.
 */
export const VARIABLES = {
  name: 'DEPLOYEX_MONITORED_APP_NAME',
  environment: 'DEPLOYEX_CLOUD_ENVIRONMENT',
  adapter: 'DEPLOYEX_RELEASE_ADAPTER',
  port: 'DEPLOYEX_MONITORED_APP_PORT',
  replicas: 'DEPLOYEX_MONITORED_REPLICAS',
  rollbackMs: 'DEPLOYEX_DEPLOY_TIMEOUT_ROLLBACK_MS',
  pollMs: 'DEPLOYEX_DEPLOY_SCHEDULE_INTERVAL_MS',
  listenPort: 'DEPLOYEX_PHX_PORT',
  listens: 'DEPLOYEX_PHX_SERVER',
  publicHost: 'DEPLOYEX_PHX_HOST',
  cookie: 'DEPLOYEX_ERLANG_COOKIE',
  region: 'AWS_REGION',
} as const;

/** These are in the table, too, for the dashboard, which takes them from the environment itself. */
export const OTHER_VARIABLES = ['DEPLOYEX_SECRET_KEY_BASE', 'DEPLOYEX_ADMIN_HASHED_PASSWORD'];

export function hasDeployexVariables(env: NodeJS.ProcessEnv): boolean {
  const names = [...Object.values(VARIABLES), ...OTHER_VARIABLES];
  return names.some((name) => name !== VARIABLES.region && env[name]);
}

/** The directories in which the guide keeps things. */
export function directoriesFromVariables(env: NodeJS.ProcessEnv): { data: string; logs: string } {
  const { adapter, name } = readVariables(env);
  return adapter === 'local'
    ? { data: '/tmp/deployex/varlib', logs: `/tmp/${name}` }
    : { data: '/var/lib/deployex', logs: '/var/log' };
}

export type Variables = Record<keyof typeof VARIABLES, string | undefined>;

export function readVariables(env: NodeJS.ProcessEnv): Variables {
  const entries = Object.entries(VARIABLES).map(([key, variable]) => [key, env[variable] || undefined]);
  return { ...Object.fromEntries(entries), adapter: env[VARIABLES.adapter] || 's3' };
}
