import { Document, isScalar } from 'yaml';
import { durationText } from '../config/index.ts';
import { isLoopback, visible } from '../kernel/index.ts';
import type { DeployexApp, DeployexConfiguration, LeftOut } from './found.ts';

export interface SlipwayYaml {
  /** A slipway.yaml, with comments that say where a value comes from. */
  text: string;
  /** What nothing was made of. It stands in a comment at the end of the text, too. */
  leftOut: LeftOut[];
}

export interface Circumstances {
  /** Whom the apps run as; null: the agent's own user. */
  user: string | null;
  /** The certificates by which nodes know each other; null where there are none. */
  certificates: { cert: string; key: string; ca: string } | null;
}

/** The slipway.yaml that does what DeployEx did. Pure: what is on this host is told by `circumstances`. */
export function toSlipway(found: DeployexConfiguration, circumstances: Circumstances): SlipwayYaml {
  const leftOut = [...found.leftOut, ...found.apps.flatMap(leftOutOf), ...leftOutOfHost(found)];
  const document = new Document(
    {
      data: '/var/lib/slipway',
      logs: '/var/log/slipway',
      listen: found.listens ? `127.0.0.1:${found.port}` : null,
      public: publicAddress(found),
      apps: found.apps.map((app) => appOf(app, found, circumstances)),
    },
    { aliasDuplicateObjects: false },
  );
  const comment = (path: (string | number)[], text: string) => {
    const node = document.getIn(path, true);
    if (isScalar(node)) node.comment = ` ${printable(text)}`;
  };
  comment(['data'], `${found.dataFolder} of DeployEx stays as it is: it is the way back`);
  comment(['logs'], `in place of ${found.appLogFolder}`);
  comment(['listen'], 'pages and API');
  comment(['public'], 'by which people reach the pages');
  for (const [index, app] of found.apps.entries()) {
    if (app.port !== null) comment(['apps', index, 'port'], `instance i gets PORT=${app.port}+i-1`);
    comment(['apps', index, 'user'], 'whom the apps run as');
    comment(
      ['apps', index, 'otp', 'cookie'],
      `to keep it out of this file: slipway secret ${app.name} set COOKIE, and { secret: COOKIE } here`,
    );
  }
  document.commentBefore = ` Made from ${printable(found.from)} of DeployEx.`;
  if (leftOut.length > 0)
    document.comment = [' Nothing was made of:', ...leftOut.map((each) => ` - ${leftOutText(each)}`)].join(
      '\n',
    );
  return { text: document.toString({ lineWidth: 0 }), leftOut };
}

/** `monitoring: why`, on one line. */
export function leftOutText({ key, why }: LeftOut): string {
  return `${printable(key)}: ${printable(why)}`;
}

function appOf(app: DeployexApp, found: DeployexConfiguration, circumstances: Circumstances) {
  const env = app.env.filter(([name]) => refusal(name) === null);
  const isGleam = app.language === 'gleam';
  const cookie = env.some(([name]) => name === 'RELEASE_COOKIE') ? null : found.cookie;
  const { certificates } = circumstances;
  return {
    name: app.name,
    environment: found.environment ?? undefined,
    kind: 'service',
    runtime: isGleam ? 'command' : app.language,
    start: isGleam ? ['/bin/sh', 'erlang-shipment/entrypoint.sh', 'run'] : undefined,
    source: {
      type: 'bucket',
      url: bucketUrl(app, found),
      region: found.release.adapter === 's3' ? (found.release.region ?? undefined) : undefined,
      poll: durationText(Math.max(100, app.pollMs)),
    },
    replicas: app.replicas,
    port: app.port ?? undefined,
    user: circumstances.user ?? undefined,
    rollback_after: durationText(Math.max(1, app.rollbackAfterMs)),
    env: env.length === 0 ? undefined : Object.fromEntries(env),
    otp:
      isGleam || (cookie === null && certificates === null)
        ? undefined
        : { cookie: cookie ?? undefined, tls: certificates ?? undefined },
  };
}

function leftOutOf(app: DeployexApp): LeftOut[] {
  return app.env.flatMap(([name]) => {
    const why = refusal(name);
    return why === null ? [] : [{ key: `env.${name} of ${app.name}`, why }];
  });
}

function leftOutOfHost(found: DeployexConfiguration): LeftOut[] {
  const { release, secrets, scheme, host } = found;
  const out: LeftOut[] = [];
  if (release.region !== null && release.adapter !== 's3')
    out.push({ key: `region ${release.region}`, why: 'set AWS_REGION for the agent' });
  if (secrets)
    out.push({
      key: `secrets in ${secrets.adapter}, ${secrets.path}`,
      why: `Slipway needs none of them but the cookie: write ${storeOf(found, secrets.adapter)} and, below each app, otp: { cookie: { secret: "${secrets.path}#DEPLOYEX_ERLANG_COOKIE" } }`,
    });
  if (host !== null && scheme === 'http' && !isLoopback(host))
    out.push({ key: `${host} by http`, why: 'Slipway is reached by https alone: see public' });
  return out;
}

/** The line of the configuration that names where secrets are. */
function storeOf({ release }: DeployexConfiguration, adapter: 'aws' | 'gcp'): string {
  return adapter === 'aws'
    ? `secrets: { type: aws, region: ${release.region ?? 'REGION'} }`
    : 'secrets: { type: gcp, project: PROJECT }';
}

/** What says which instance a process is, Slipway says itself. */
function refusal(variable: string): string | null {
  if (['PORT', 'RELEASE_NODE', 'RELEASE_NODE_SUFFIX', 'RELEASE_DISTRIBUTION'].includes(variable))
    return 'Slipway sets it for each instance';
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(variable) ? null : 'it is no name of a variable';
}

function bucketUrl(app: DeployexApp, { release, environment }: DeployexConfiguration): string {
  const { adapter, bucket } = release;
  if (adapter === 'local') return bucket?.startsWith('/') ? bucket : `/tmp/${app.name}`;
  return `${adapter === 's3' ? 's3' : 'gs'}://${bucket ?? `${app.name}-${environment}-distribution`}`;
}

function publicAddress({ host, scheme, port }: DeployexConfiguration): string | undefined {
  if (host === null) return undefined;
  if (isLoopback(host)) return `http://${host}:${port}`;
  return scheme === 'https' ? `https://${host}` : undefined;
}

/** One line without control characters. */
function printable(text: string): string {
  return visible(text.replace(/\s+/g, ' '));
}
