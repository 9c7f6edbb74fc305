import { registerSecret } from '../kernel/index.ts';
import {
  type CheckedSite,
  compileCommon,
  compileLimits,
  compileRestart,
  compileStop,
  type VariableAsWritten,
} from './compile-common.ts';
import { compileRouting } from './compile-routing.ts';
import type { GitConfiguration, HealthConfiguration, SiteConfiguration } from './configuration.ts';
import { defaultRoot } from './defaults.ts';
import { passwordIn } from './git-fields.ts';

export function compileSite(app: CheckedSite, variableAsWritten: VariableAsWritten): SiteConfiguration {
  return {
    kind: app.kind,
    ...compileCommon(app, variableAsWritten),
    source: app.source.type === 'upload' ? app.source : compileRepository(app.source),
    root: app.root ?? defaultRoot(app.environment),
    keepGit: app.keep_git,
    owner: app.owner,
    modes: app.modes,
    shared: app.shared,
    assets: app.assets,
    autoInstallComposer: app.auto_install_composer,
    autoArtisanMigrations: app.auto_artisan_migrations,
    hooks: { timeoutMs: app.hooks.timeout },
    health: app.health && compileHealth(app.health),
    reload: app.reload,
    workers: app.workers.map((worker) => ({
      ...worker,
      stop: compileStop(worker.stop),
      restart: compileRestart(worker.restart),
      limits: compileLimits(worker.limits),
    })),
    webhook: app.webhook,
    upload: { maxSizeBytes: app.upload.max_size },
    ...compileRouting(app),
    upstream: app.upstream,
    domain: app.domain,
    appType: app.type,
  };
}

function compileRepository(source: Extract<CheckedSite['source'], { type: 'git' }>): GitConfiguration {
  // A password in the URL would be in the arguments of git, and in the release's .git.
  const inUrl = passwordIn(source.url);
  if (inUrl) registerSecret(inUrl.password);
  return {
    type: source.type,
    url: inUrl?.url ?? source.url,
    branch: source.branch,
    tags: source.tags,
    subdirectory: source.subdirectory,
    submodules: source.submodules,
    lfs: source.lfs,
    sshKey: source.ssh_key,
    knownHosts: source.known_hosts,
    token: inUrl?.password ?? source.token,
    username: inUrl?.username || source.username,
    pollMs: source.poll,
    ...(source.owner === null ? {} : { owner: source.owner }),
  };
}

function compileHealth(health: NonNullable<CheckedSite['health']>): HealthConfiguration {
  return {
    url: health.url,
    expect: health.expect,
    timeoutMs: health.timeout,
    rollback: health.rollback,
  };
}
