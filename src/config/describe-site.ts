import type { GitConfiguration, SiteConfiguration } from './configuration.ts';
import {
  describeCommon,
  describeLimits,
  describeRestart,
  describeStop,
  durationText,
  sizeText,
} from './describe-common.ts';
import { describeFronted } from './describe-routing.ts';

export function describeSite(app: SiteConfiguration) {
  const { name, environment, auto, ...common } = describeCommon(app);
  const { health, modes, owner } = app;
  return {
    name,
    environment,
    kind: app.kind,
    type: app.appType,
    domain: app.domain,
    root: app.root,
    source: app.source.type === 'upload' ? app.source : describeRepository(app.source),
    auto,
    keep_git: app.keepGit,
    owner: owner === null ? 'keep' : `${owner.user}:${owner.group}`,
    modes: { ...modes, directory: modeText(modes.directory), file: modeText(modes.file) },
    shared: app.shared,
    assets: app.assets,
    ...common,
    hooks: { timeout: durationText(app.hooks.timeoutMs) },
    auto_install_composer: app.autoInstallComposer,
    auto_artisan_migrations: app.autoArtisanMigrations,
    reload: app.reload,
    health: health && {
      url: health.url,
      expect: health.expect,
      timeout: durationText(health.timeoutMs),
      rollback: health.rollback,
    },
    ...(app.upstream !== null && { upstream: addressText(app.upstream) }),
    ...describeFronted(app),
    workers: app.workers.map((worker) => ({
      ...worker,
      stop: describeStop(worker.stop),
      restart: describeRestart(worker.restart),
      limits: describeLimits(worker.limits),
    })),
    webhook: app.webhook,
    upload: { max_size: sizeText(app.upload.maxSizeBytes) },
  };
}

function describeRepository(source: GitConfiguration): Record<string, unknown> {
  const { sshKey, knownHosts, pollMs, ...keys } = source;
  return { ...keys, ssh_key: sshKey, known_hosts: knownHosts, poll: durationText(pollMs) };
}

function addressText({ host, port }: { host: string; port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A mode as `chmod` takes it. */
function modeText(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
