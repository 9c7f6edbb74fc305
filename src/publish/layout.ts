import fs from 'node:fs';
import path from 'node:path';
import { otpRelease } from './otp-release.ts';
import { refused } from './refusal.ts';

/** What tells that the root of a release was found. */
const ROOTS = ['releases', 'package.json', 'composer.json', 'artisan', 'index.php', 'index.html', '.slipway'];

/**
 * Looks whether what an archive holds is where agents look for it, and gives what a person may want to know.
 * @throws SlipwayError `publish_refused`
 */
export function checkLayout(of: {
  tree: string;
  file: string;
  /** What the archive was packed of, where a person gave a folder. */
  folder: string | null;
  app: string;
  version: string;
}): string[] {
  const { tree, folder, app, version } = of;
  const given = folder ?? of.file;
  const entries = fs.readdirSync(tree, { withFileTypes: true });
  const [only] = entries;
  if (!only) throw refused(`${given} holds nothing`);
  if (entries.length === 1 && only.isDirectory() && isRoot(path.join(tree, only.name)))
    throw refused(
      `all that ${given} holds is within the folder ${only.name}, and agents look for it at the top`,
      folder === null
        ? {
            hint: 'unpack it and publish that folder, or pack it from within; nothing was published',
            next: `tar -czf release.tar.gz -C ${only.name} .`,
          }
        : {
            hint: 'publish that folder; nothing was published',
            next: `slipway publish ${path.join(folder, only.name)} --app ${app} ...`,
          },
    );
  const release = otpRelease(tree);
  if (release === null) return [];
  if (!release.names.includes(app))
    throw refused(
      `${given} is the release of ${release.names.join(', ') || 'no app'}, for it has no bin/${app}`,
      {
        hint: `elixir and erlang start by bin/<name of the app>; nothing was published`,
        next: `slipway publish ${given} --app ${release.names[0] ?? '<name>'} ...`,
      },
    );
  return release.version === null || release.version === version
    ? []
    : [
        `the release says of itself that it is ${release.version}: a hot upgrade goes by that, and not by ${version}`,
      ];
}

function isRoot(folder: string): boolean {
  return ROOTS.some((name) => fs.existsSync(path.join(folder, name)));
}
