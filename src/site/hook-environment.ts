import path from 'node:path';
import { baseEnvironment } from '../app/index.ts';
import type { StepContext } from '../deployment/index.ts';
import type { Account } from '../supervisor/index.ts';
import type { SiteContext } from './context.ts';

/**
 * The environment of a hook, or of another command of a deployment (`hook` null). The .env file is not in it.
 * Source: Amezmo's documentation of its hooks.
 */
export function hookEnvironment(
  { context, release, offer }: Pick<StepContext, 'release' | 'offer'> & { context: SiteContext },
  { hook, account, runsIn }: { hook: string | null; account: Account | null; runsIn?: string },
): Record<string, string> {
  const { configuration } = context;
  const { directory, ...variables } = variablesOf({ context, release, offer });
  const base = baseEnvironment({
    agent: context.agentEnvironment,
    inherit: configuration.inheritEnv,
    own: configuration.env,
    account,
  });
  return {
    ...trusting(configuration, base, runsIn ?? directory),
    ...context.secrets(),
    ...variables,
    ...(hook === null ? {} : { TARGET_HOOK: hook.replaceAll('/', '.') }),
    NODE_PATH: path.join(
      configuration.shared.includes('node_modules') ? context.layout.root : directory,
      'node_modules',
    ),
    COMPOSER_MEMORY_LIMIT: '-1',
  };
}

/**
 * The environment of `reload`, which runs as the agent's own user: nothing in it is the app's, whose `env` may say where
 * programs and libraries are looked for.
 */
export function reloadEnvironment(
  step: Pick<StepContext, 'release' | 'offer'> & { context: SiteContext },
): Record<string, string> {
  const { directory: _, ...variables } = variablesOf(step);
  const own = baseEnvironment({ agent: {}, inherit: false, own: {}, account: null });
  const { agentEnvironment } = step.context;
  for (const name of OF_THE_AGENT)
    if (agentEnvironment[name] !== undefined) own[name] = agentEnvironment[name];
  return { ...own, ...variables };
}

/** What systemctl of a user's own needs, where the agent is not root, and how programs talk. */
const OF_THE_AGENT = ['LANG', 'LC_ALL', 'TZ', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'];

function variablesOf({
  context,
  release,
  offer,
}: Pick<StepContext, 'release' | 'offer'> & { context: SiteContext }) {
  const { configuration, layout } = context;
  const directory = layout.releaseDirectory(release.number, release.version);
  return {
    directory,
    APPLICATION_ROOT: directory,
    DEPLOYMENT_DIRECTORY: directory,
    RELEASE_NUMBER: path.basename(directory),
    COMMIT_ID: offer.missing ? '' : (release.commitId ?? release.version),
    DEPLOY_BRANCH: offer.ref ?? '',
    REPO_NAME: configuration.source.type === 'git' ? repositoryName(configuration.source.url) : '',
    ENVIRONMENT_NAME: configuration.environment,
    APP_TYPE: configuration.appType ?? '',
    APP_DOMAIN: configuration.domain ?? '',
    PERSISTENT_STORAGE_DIRECTORY: layout.storage,
    STORAGE_DIRECTORY: layout.storage,
    LOG_DIRECTORY: layout.logs,
  };
}

/**
 * An environment in which git works in a release that belongs to its owner: it refuses anybody else (git-config(1),
 * `safe.directory`). What the app sets of git that way stays.
 */
export function trusting(
  { keepGit }: Pick<SiteContext['configuration'], 'keepGit'>,
  env: Record<string, string>,
  directory: string,
): Record<string, string> {
  if (!keepGit) return env;
  const own = /^\d{1,4}$/.test(env.GIT_CONFIG_COUNT ?? '') ? Number(env.GIT_CONFIG_COUNT) : 0;
  return {
    ...env,
    GIT_CONFIG_COUNT: String(own + 1),
    [`GIT_CONFIG_KEY_${own}`]: 'safe.directory',
    [`GIT_CONFIG_VALUE_${own}`]: directory,
  };
}

/** `shop` of `https://example.com/acme/shop.git`, `git@example.com:acme/shop.git` and `/srv/shop/.git`. */
export function repositoryName(url: string): string {
  return (
    url
      .replace(/[?#].*$/, '')
      .replace(/(?:\/?\.git)?\/*$/, '')
      .split(/[/:]/)
      .at(-1) ?? ''
  );
}
