import fs from 'node:fs';
import path from 'node:path';
import { run } from './commands.ts';
import { type Deployer, timeSwitch } from './site.ts';

/** How the new tree comes to be: `$MIRROR` has the commit, `$former` is the former release, `$new` is to be the new one. */
const WAYS = {
  checkout: `
mkdir "$new"
GIT_WORK_TREE=$new git -c checkout.workers=4 -c checkout.thresholdForParallelism=100 checkout-index --all --quiet`,
  copy: `
cp -a --reflink=auto -T "$former" "$new"
git diff-tree -r --name-only --diff-filter=D -z "$(cat "$former.commit")" "$commit" | (cd "$new" && xargs -0r rm -f --)
git diff-tree -r --name-only --diff-filter=d -z "$(cat "$former.commit")" "$commit" |
  GIT_WORK_TREE=$new git checkout-index --force --quiet -z --stdin`,
};

/**
 * The least that a deployment can be: fetch into a bare mirror, write the new tree, switch the link. Nothing is checked, and
 * nothing is waited for but, with `sync`, the disk. Former releases are removed outside of the time that is measured.
 */
export async function bareSite(
  folder: string,
  { url, way, sync = false }: { url: string; way: keyof typeof WAYS; sync?: boolean },
): Promise<Deployer> {
  const mirror = path.join(folder, 'mirror.git');
  fs.mkdirSync(folder, { recursive: true });
  await run('git', ['clone', '--quiet', '--mirror', url, mirror]);
  await run('sh', ['-euc', script(WAYS.checkout, false)], { env: environment(folder, mirror, 0) });
  let number = 0;
  return {
    async deploy() {
      number += 1;
      const timed = await timeSwitch(path.join(folder, 'current'), () =>
        run('sh', ['-euc', script(WAYS[way], sync)], { env: environment(folder, mirror, number) }),
      );
      fs.rmSync(path.join(folder, String(number - 1)), { recursive: true });
      return timed;
    },
  };
}

function script(tree: string, sync: boolean): string {
  return `
git fetch --quiet --no-auto-maintenance origin
commit=$(git rev-parse refs/heads/main)
git read-tree "$commit"
${tree}
echo "$commit" >"$new.commit"
${sync ? 'sync --file-system -- "$new"' : ''}
ln -s "\${new##*/}" "$new.link"
mv -T "$new.link" "\${new%/*}/current"
`;
}

function environment(folder: string, mirror: string, number: number): NodeJS.ProcessEnv {
  return {
    ...process.env,
    GIT_DIR: mirror,
    GIT_INDEX_FILE: path.join(folder, 'index'),
    former: path.join(folder, String(number - 1)),
    new: path.join(folder, String(number)),
  };
}
