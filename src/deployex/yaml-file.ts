import { parseDocument } from 'yaml';
import { SlipwayError } from '../kernel/index.ts';
import { DEPLOYEX, type DeployexApp, type DeployexConfiguration, type LeftOut } from './found.ts';
import { Keys } from './keys.ts';
import { CONCERNS_ITSELF, SECRETS_ADAPTERS, secretsOf } from './shared-keys.ts';

const APP_LOGS = '/var/log/monitored-apps';
const WATCHED = 'Slipway restarts by `limits` and `health`';

/** Today's `deployex.yaml`, up to version 0.10: several apps. */
export function readYamlFile(text: string, file: string): DeployexConfiguration {
  const leftOut: LeftOut[] = [];
  const keys = new Keys(parse(text, file), { file, place: '', leftOut });
  const rollbackAfterMs =
    keys.wholeNumber('deploy_rollback_timeout_ms') ?? keys.wholeNumber('deploy_timeout_rollback_ms');
  const pollMs = keys.wholeNumber('deploy_schedule_interval_ms');
  const found: DeployexConfiguration = {
    from: file,
    environment: keys.text('account_name'),
    host: keys.text('hostname'),
    scheme: keys.choice('scheme', ['http', 'https']) ?? 'https',
    port: keys.wholeNumber('port') ?? DEPLOYEX.pagesPort,
    listens: true,
    release: {
      adapter: keys.choice('release_adapter', ['s3', 'gcp-storage', 'local']) ?? 's3',
      bucket: keys.text('release_bucket'),
      region: keys.text('aws_region'),
    },
    secrets: secretsOf(keys.choice('secrets_adapter', SECRETS_ADAPTERS), keys.text('secrets_path')),
    tlsFolder: keys.text('otp_tls_certificates'),
    dataFolder: keys.text('var_path') ?? DEPLOYEX.dataFolder,
    appLogFolder: keys.text('monitored_app_log_path') ?? APP_LOGS,
    cookie: null,
    apps: keys.list('applications').map((app) => readApp(app, { rollbackAfterMs, pollMs })),
    leftOut,
  };
  keys.leave(CONCERNS_ITSELF, 'version', 'otp_version', 'os_target', 'install_path', 'log_path');
  keys.leave(CONCERNS_ITSELF, 'self_upgrade', 'check_origin');
  keys.leave('what Slipway keeps, it keeps by its own bounds', 'metrics_retention_time_ms');
  keys.leave('logs are rotated by size: see `log`', 'logs_retention_time_ms');
  keys.leave(WATCHED, 'monitoring');
  keys.leave('Slipway has users of its own: slipway user invite', 'auth');
  keys.leave('set GOOGLE_APPLICATION_CREDENTIALS for the agent', 'google_credentials');
  keys.leave('Slipway sends none yet', 'notifications');
  keys.rest();
  return found;
}

function readApp(keys: Keys, host: { rollbackAfterMs: number | null; pollMs: number | null }): DeployexApp {
  const name = keys.text('name') ?? '';
  const language = keys.choice('language', ['elixir', 'erlang', 'gleam']) ?? 'elixir';
  const ports = keys.list('replica_ports').map((port) => ({
    key: port.text('key') ?? '',
    base: port.wholeNumber('base'),
  }));
  for (const { key, base } of ports)
    if (key !== 'PORT')
      keys.tell(`replica_ports (${key})`, `an instance has one port, PORT; this one began at ${base}`);
  const app: DeployexApp = {
    name,
    language,
    replicas: keys.wholeNumber('replicas') ?? DEPLOYEX.replicas,
    port: keys.wholeNumber('initial_port') ?? ports.find(({ key }) => key === 'PORT')?.base ?? null,
    rollbackAfterMs:
      keys.wholeNumber('deploy_rollback_timeout_ms') ?? host.rollbackAfterMs ?? DEPLOYEX.rollbackAfterMs,
    pollMs: keys.wholeNumber('deploy_schedule_interval_ms') ?? host.pollMs ?? DEPLOYEX.pollMs,
    env: keys.list('env').map((item) => {
      const variable: [string, string] = [item.text('key') ?? '', item.text('value') ?? ''];
      item.rest();
      return variable;
    }),
  };
  keys.leave(WATCHED, 'monitoring');
  keys.leave('certificates belong to the web server in front', 'certificates');
  keys.rest();
  return app;
}

function parse(text: string, file: string): unknown {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    throw new SlipwayError('import_refused', {
      message: `${file}:${line}: this is not valid YAML`,
      hint: 'nothing was written',
    });
  }
  return document.toJS({ maxAliasCount: 100 });
}
