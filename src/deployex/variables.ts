import { SlipwayError } from '../kernel/index.ts';
import { DEPLOYEX, type DeployexConfiguration, type LeftOut } from './found.ts';
import { Keys } from './keys.ts';
import { CONCERNS_ITSELF } from './shared-keys.ts';

/** What a unit of systemd sets for a person's shell; no app needs it. */
const OF_THE_SHELL = ['SHELL', 'LANG', 'LC_CTYPE', 'LS_COLORS', 'TERM'];

/**
 * The variables of the guide's table, from a unit, an environment file or a process. The apps inherited all others, so
 * they are the apps' `env`.
 */
export function readVariables(variables: Record<string, string>, from: string): DeployexConfiguration {
  const leftOut: LeftOut[] = [];
  const ours = Object.entries(variables).filter(([name]) => name.startsWith('DEPLOYEX_'));
  const keys = new Keys(Object.fromEntries(ours), { file: from, place: '', leftOut });
  const name = keys.text('DEPLOYEX_MONITORED_APP_NAME');
  if (name === null)
    throw new SlipwayError('import_refused', {
      message: `${from} names no app: there is no DEPLOYEX_MONITORED_APP_NAME`,
      hint: 'name the file that DeployEx is configured by; nothing was written',
      next: 'slipway import deployex FILE --dry-run',
    });
  const language = keys.choice('DEPLOYEX_MONITORED_APP_LANG', ['elixir', 'erlang', 'gleam']) ?? 'elixir';
  const adapter =
    keys.choice('DEPLOYEX_RELEASE_ADAPTER', ['s3', 'gcp-storage', 'local']) ??
    keys.choice('DEPLOYEX_STORAGE_ADAPTER', ['s3', 'gcp-storage', 'local']) ??
    's3';
  const environment = keys.text('DEPLOYEX_CLOUD_ENVIRONMENT') ?? (adapter === 'local' ? 'local' : null);
  const isLocal = adapter === 'local';
  const found: DeployexConfiguration = {
    from,
    environment,
    host: keys.text('DEPLOYEX_PHX_HOST'),
    scheme: 'https',
    port: keys.wholeNumber('DEPLOYEX_PHX_PORT') ?? DEPLOYEX.pagesPort,
    listens: keys.choice('DEPLOYEX_PHX_SERVER', ['true', 'false']) !== 'false',
    release: {
      adapter,
      bucket: keys.text('DEPLOYEX_RELEASE_BUCKET'),
      region: variables.AWS_REGION ?? null,
    },
    secrets: isLocal
      ? null
      : {
          adapter: adapter === 's3' ? 'aws' : 'gcp',
          path: keys.text('DEPLOYEX_SECRETS_PATH') ?? `deployex-${name}-${environment}-secrets`,
        },
    tlsFolder: keys.text('DEPLOYEX_OTP_TLS_CERT_PATH'),
    dataFolder: isLocal ? '/tmp/deployex/varlib' : DEPLOYEX.dataFolder,
    appLogFolder: isLocal ? `/tmp/${name}` : '/var/log',
    cookie: keys.text('DEPLOYEX_ERLANG_COOKIE'),
    apps: [
      {
        name,
        language,
        replicas: keys.wholeNumber('DEPLOYEX_MONITORED_REPLICAS') ?? DEPLOYEX.replicas,
        port: keys.wholeNumber('DEPLOYEX_MONITORED_APP_PORT') ?? DEPLOYEX.appPort,
        rollbackAfterMs: keys.wholeNumber('DEPLOYEX_DEPLOY_TIMEOUT_ROLLBACK_MS') ?? DEPLOYEX.rollbackAfterMs,
        pollMs: keys.wholeNumber('DEPLOYEX_DEPLOY_SCHEDULE_INTERVAL_MS') ?? DEPLOYEX.pollMs,
        env: Object.entries(variables).filter(
          ([variable]) => !variable.startsWith('DEPLOYEX_') && !OF_THE_SHELL.includes(variable),
        ),
      },
    ],
    leftOut,
  };
  keys.leave(CONCERNS_ITSELF, 'DEPLOYEX_SECRET_KEY_BASE');
  keys.leave('make yourself a user: slipway user invite', 'DEPLOYEX_ADMIN_HASHED_PASSWORD');
  keys.rest();
  return found;
}

/** `Environment=` lines of a unit of systemd, in which quotes may stand around an assignment. */
export function variablesOfUnit(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, line] of text.matchAll(/^[ \t]*Environment=(.*)$/gm))
    for (const [, double, single, bare] of (line as string).matchAll(
      /"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"']+)/g,
    ))
      assign(found, double?.replace(/\\(.)/g, '$1') ?? single ?? bare ?? '');
  return found;
}

/** Lines of `NAME=value`, as an environment file has them, or `export` before. */
export function variablesOfLines(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*?)\s*$/.exec(line);
    if (match?.[1]) assign(found, `${match[1]}=${(match[2] as string).replace(/^(["'])(.*)\1$/, '$2')}`);
  }
  return found;
}

function assign(variables: Record<string, string>, assignment: string): void {
  const equals = assignment.indexOf('=');
  if (equals > 0) variables[assignment.slice(0, equals)] = assignment.slice(equals + 1);
}
