import { isLoopback } from '../kernel/index.ts';
import { check } from './check.ts';
import { complete as completed } from './complete.ts';
import type { Configuration, WrittenConfiguration } from './configuration.ts';
import {
  directoriesFromVariables,
  OTHER_VARIABLES,
  readVariables,
  VARIABLES,
  type Variables,
} from './file/index.ts';
import { type Finding, pathText } from './findings.ts';
import { ConfigurationError, type ConfigurationIssue, issueOf } from './issues.ts';
import { referencesIn } from './references.ts';

export function configurationFromVariables(env: NodeJS.ProcessEnv): WrittenConfiguration {
  const variables = readVariables(env);
  const raw = { ...directoriesFromVariables(env), ...rawConfiguration(variables) };
  const refuse = (findings: readonly Finding[]) =>
    new ConfigurationError([
      ...variableIssues(variables),
      ...findings.flatMap((finding) => issueOfVariable(finding, raw, variables)),
    ]);
  if (variableIssues(variables).length > 0) throw refuse(check(raw).findings ?? []);
  const draft = { file: null, root: raw, references: referencesIn(raw), writtenAt: () => null, refuse };
  const given = givenBySecret(variables, env);
  const complete: WrittenConfiguration['complete'] = (lookup) => ({
    ...byName(completed(draft, lookup)),
    given,
  });
  complete(() => null);
  return { complete };
}

/** The guide's paths hold the app's name whatever the environment, and one app needs no telling apart. */
function byName(configuration: Configuration): Configuration {
  return {
    ...configuration,
    apps: configuration.apps.map((app) => ({ ...app, id: app.name })),
    references: configuration.references.map((each) => ({ ...each, app: each.app.split('@', 1)[0] ?? '' })),
    waiting: configuration.waiting.map((app) => ({ ...app, id: app.name })),
  };
}

/**
 * Its secrets are in AWS where the releases are (the guide's "Secrets Requirements"): one secret with a name of that
 * pattern, whose keys are variables. What the environment has goes before. Null: the secrets are not there.
 */
function guidesSecret({ adapter, region, name, environment }: Variables): string | null {
  return adapter === 's3' && region !== undefined ? `deployex-${name}-${environment}-secrets` : null;
}

/** What beside the app's own comes from there, by variable. */
function givenBySecret(variables: Variables, env: NodeJS.ProcessEnv): Record<string, string> {
  const secret = guidesSecret(variables);
  if (secret === null) return {};
  return Object.fromEntries(
    OTHER_VARIABLES.filter((name) => !env[name]).map((name) => [name, `${secret}#${name}`]),
  );
}

/** What a file would say. Errors in it are told by the variable that they come from, see `SOURCES`. */
function rawConfiguration(variables: Variables) {
  const { name, environment } = variables;
  const local = variables.adapter === 'local';
  const port = numberOf(variables.listenPort) ?? 5001;
  const secret = guidesSecret(variables);
  return {
    secrets: secret === null ? undefined : { type: 'aws', region: variables.region },
    listen: variables.listens === 'false' ? null : `127.0.0.1:${port}`,
    public: publicAddressOf(variables.publicHost, port),
    apps: [
      {
        name,
        environment: environment ?? (local ? 'local' : undefined),
        kind: 'service',
        runtime: 'elixir',
        source: {
          type: 'bucket',
          url: local ? `/tmp/${name}` : `s3://${name}-${environment}-distribution`,
          poll: `${numberOf(variables.pollMs) ?? 5000}ms`,
        },
        replicas: numberOf(variables.replicas),
        port: numberOf(variables.port) ?? 4000,
        rollback_after: `${numberOf(variables.rollbackMs) ?? 600_000}ms`,
        otp: {
          cookie:
            variables.cookie ?? (secret === null ? undefined : { secret: `${secret}#${VARIABLES.cookie}` }),
        },
      },
    ],
  };
}

/** The guide's server says `https://<host>` of itself, and is reached by a proxy in front of it. */
function publicAddressOf(host: string | undefined, port: number): string | undefined {
  if (host === undefined) return undefined;
  return isLoopback(host) ? `http://${host}:${port}` : `https://${host}`;
}

const SOURCES: Record<string, keyof Variables> = {
  listen: 'listenPort',
  public: 'publicHost',
  'apps[0].name': 'name',
  'apps[0].environment': 'environment',
  'apps[0].source.poll': 'pollMs',
  'apps[0].replicas': 'replicas',
  'apps[0].port': 'port',
  'apps[0].rollback_after': 'rollbackMs',
  'apps[0].otp.cookie': 'cookie',
  'secrets.region': 'region',
};

/** A wrong URL is left out: it is made of the name and the environment, which are told. */
function issueOfVariable(finding: Finding, raw: unknown, variables: Variables): ConfigurationIssue[] {
  const source = SOURCES[pathText(finding.path)];
  if (!source) return [];
  const issue = issueOf(finding, raw, PLACE);
  return [{ ...issue, path: VARIABLES[source], value: issue.value && (variables[source] ?? null) }];
}

/** What is wrong with the variables before a configuration is made of them. */
function variableIssues(variables: Variables): ConfigurationIssue[] {
  const issues: ConfigurationIssue[] = [];
  const report = (key: keyof Variables, message: string, hint: string | null = null) =>
    issues.push({ ...PLACE, path: VARIABLES[key], message, value: variables[key] ?? null, hint });

  if (!['s3', 'local'].includes(variables.adapter ?? '')) report('adapter', 'must be s3 or local');
  if (variables.environment === undefined && variables.adapter === 's3')
    report(
      'environment',
      'is required: the environment',
      `for a local bucket set ${VARIABLES.adapter}=local`,
    );
  if (!['true', 'false', undefined].includes(variables.listens)) report('listens', 'must be true or false');
  for (const key of ['port', 'replicas', 'rollbackMs', 'pollMs', 'listenPort'] as const)
    if (variables[key] !== undefined && numberOf(variables[key]) === undefined)
      report(key, 'must be a whole number');
  return issues;
}

const PLACE = { file: null, line: null, column: null } as const;

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
