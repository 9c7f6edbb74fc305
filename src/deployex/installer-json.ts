import { SlipwayError } from '../kernel/index.ts';
import { DEPLOYEX, type DeployexConfiguration, type LeftOut } from './found.ts';
import { Keys } from './keys.ts';
import { CONCERNS_ITSELF, SECRETS_ADAPTERS, secretsOf } from './shared-keys.ts';

/** Folder of the certificates in the unit that the old installer writes. */
const TLS_FOLDER = '/usr/local/share/ca-certificates';

/** The old installer's `deployex-config.json`: one app, and comments after `//`. */
export function readInstallerJson(text: string, file: string): DeployexConfiguration {
  const leftOut: LeftOut[] = [];
  const keys = new Keys(parseJson(text, file), { file, place: '', leftOut });
  const name = keys.text('app_name');
  if (name === null)
    throw new SlipwayError('import_refused', {
      message: `${file}: app_name is missing`,
      hint: 'nothing was written',
    });
  const env = keys.mapping('env');
  const region = keys.text('aws_region');
  const found: DeployexConfiguration = {
    from: file,
    environment: keys.text('account_name'),
    host: keys.text('deployex_hostname'),
    scheme: 'https',
    port: DEPLOYEX.pagesPort,
    listens: true,
    release: {
      adapter: keys.choice('release_adapter', ['s3', 'gcp-storage', 'local']) ?? 's3',
      bucket: keys.text('release_bucket'),
      region,
    },
    secrets: secretsOf(keys.choice('secrets_adapter', SECRETS_ADAPTERS), keys.text('secrets_path')),
    tlsFolder: TLS_FOLDER,
    dataFolder: DEPLOYEX.dataFolder,
    appLogFolder: '/var/log',
    cookie: null,
    apps: [
      {
        name,
        language: 'elixir',
        replicas: keys.wholeNumber('replicas') ?? DEPLOYEX.replicas,
        port: DEPLOYEX.appPort,
        rollbackAfterMs: keys.wholeNumber('deploy_timeout_rollback_ms') ?? DEPLOYEX.rollbackAfterMs,
        pollMs: keys.wholeNumber('deploy_schedule_interval_ms') ?? DEPLOYEX.pollMs,
        // Its unit had both, and the app inherited them.
        env: [
          ...(region === null ? [] : [['AWS_REGION', region] as [string, string]]),
          ...(env?.names() ?? []).map((name): [string, string] => [name, env?.text(name) ?? '']),
        ],
      },
    ],
    leftOut,
  };
  keys.leave(CONCERNS_ITSELF, 'version', 'os_target');
  keys.rest();
  return found;
}

function parseJson(text: string, file: string): unknown {
  const bare = withoutComments(text);
  try {
    return JSON.parse(bare);
  } catch (error) {
    // The parser's own words quote the text, in which there may be secrets.
    const position = Number(/position (\d+)/.exec(String(error))?.[1] ?? bare.trimEnd().length);
    const line = bare.slice(0, position).split('\n').length;
    throw new SlipwayError('import_refused', {
      message: `${file}:${line}: this is not valid JSON`,
      hint: 'nothing was written',
    });
  }
}

/** Blanks out comments, from `//` to the end of a line and between slash-asterisks, and commas before a closing bracket. Places stay. */
function withoutComments(text: string): string {
  return text
    .replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//g, (found) =>
      found.startsWith('"') ? found : found.replace(/[^\n]/g, ' '),
    )
    .replace(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g, (found) => (found === ',' ? ' ' : found));
}
