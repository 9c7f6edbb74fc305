import fs from 'node:fs';
import path from 'node:path';
import { otpRelease } from './otp-release.ts';
import { refused } from './refusal.ts';

/** A release that a build tool has just made. */
export interface BuiltRelease {
  app: string;
  version: string;
  /** A folder or an archive. */
  path: string;
}

export type BuildTool = 'mix' | 'rebar3';

const TOOLS = {
  mix: { profiles: ['prod'], build: 'MIX_ENV=prod mix release' },
  rebar3: { profiles: ['prod', 'default'], build: 'rebar3 as prod tar' },
};

/**
 * Finds what `mix release` or `rebar3 tar` made in a project: its archive, where there is one as new as the release itself,
 * else the release's folder (of mix alone: that of rebar3 has links out of it). `app`: which, where there are several.
 * @throws SlipwayError `publish_refused`
 */
export function findBuilt(
  tool: BuildTool,
  { project, app }: { project: string; app: string | null },
): BuiltRelease {
  const { profiles, build } = TOOLS[tool];
  const next = build;
  const builds = profiles.map((profile) => path.join(project, '_build', profile));
  const found = builds.map((folder) => releasesIn(path.join(folder, 'rel'))).find((each) => each.length > 0);
  if (!found)
    throw refused(`there is no release in ${builds.map((folder) => `${folder}/rel`).join(' or ')}`, { next });
  const named = app === null ? found : found.filter((release) => release.app === app);
  const [release, other] = named;
  const names = found.map((each) => each.app).join(', ');
  if (!release) throw refused(`${tool} has built ${names}, and no ${app}`, { next });
  if (other)
    throw refused(`${tool} has built several releases: ${names}`, {
      hint: 'say which; nothing was published',
      next: `slipway publish --${tool} --app ${release.app} ...`,
    });
  const archive = archiveOf(tool, release);
  if (archive === null && tool === 'rebar3')
    throw refused(`the release of ${release.app} ${release.version} is not packed`, { next });
  return { app: release.app, version: release.version, path: archive ?? release.path };
}

function releasesIn(folder: string): BuiltRelease[] {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
  return names.flatMap((app) => {
    const release = otpRelease(path.join(folder, app));
    if (!release?.version) return [];
    return [{ app, version: release.version, path: path.join(folder, app) }];
  });
}

/** The archive beside the release; null where there is none, or it is of an earlier build. */
function archiveOf(tool: BuildTool, { app, version, path: folder }: BuiltRelease): string | null {
  const name = `${app}-${version}.tar.gz`;
  const file = tool === 'mix' ? path.join(folder, '../..', name) : path.join(folder, name);
  const packed = fs.statSync(file, { throwIfNoEntry: false });
  const built = fs.statSync(path.join(folder, 'releases', 'start_erl.data'));
  return packed && packed.mtimeMs >= built.mtimeMs ? file : null;
}
