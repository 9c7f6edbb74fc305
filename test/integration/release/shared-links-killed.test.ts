import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { expect, test } from 'vitest';
import { linkShared, sweep } from '../../../src/release/index.ts';
import { setUpAll } from '../../support/before-all.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { MODES, OWNER, ReleaseTree } from '../../unit/release/release-tree.ts';

const SHARED = ['vendor', 'storage', 'var/cache', 'settings', 'data/database.sqlite'];
/** Whatever changes a name; each under all that it is called on the machines there are. */
const CALLS = [
  ['rename', '?rename,?renameat,?renameat2'],
  ['symlink', '?symlink,?symlinkat'],
  ['link', '?link,?linkat'],
  ['mkdir', '?mkdir,?mkdirat'],
  ['removal', '?rmdir,?unlink,?unlinkat'],
] as const;

let program: string;
setUpAll((cleanUp) => {
  const folder = temporaryFolder(cleanUp);
  buildSync({
    stdin: {
      contents: `
        import { linkShared } from './src/release/index.ts';
        const [releaseDirectory, shared] = process.argv.slice(2);
        const owner = ${JSON.stringify(OWNER)}, modes = ${JSON.stringify(MODES)};
        await linkShared({ releaseDirectory, shared: shared.split(','), owner, modes, say: () => {} });
      `,
      resolveDir: path.join(import.meta.dirname, '../../..'),
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: path.join(folder, 'link.js'),
  });
  buildSync({
    entryPoints: [path.join(import.meta.dirname, '../../../src/release/permissions-worker.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: path.join(folder, 'permissions-worker.js'),
  });
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  program = path.join(folder, 'link.js');
});

test.each(CALLS)('a kill at any %s loses nothing that the project brought', async (_name, calls) => {
  let kills = 0;
  while (await killAt(calls, kills + 1)) kills += 1;
  expect(kills).toBeGreaterThan(0);
});

/** Links with a kill at so many calls of a kind, and once more without; false where there were not so many. */
async function killAt(calls: string, count: number): Promise<boolean> {
  const tree = new ReleaseTree();
  tree.write('vendor/seed');
  tree.write('storage/seed');
  fs.mkdirSync(path.join(tree.root, 'storage'));
  tree.write('var/cache/seed');
  tree.write('settings', { content: 'seed' });
  fs.mkdirSync(path.join(tree.root, 'settings'));
  tree.write('data/database.sqlite', { content: 'seed' });
  const { signal, status, stderr } = spawnSync(
    'strace',
    [
      ...['-qq', '-o', path.join(tree.folder, 'trace'), '-e', `trace=${calls}`],
      ...['-e', `inject=${calls}:signal=KILL:when=${count}`],
      ...[process.execPath, program, tree.directory, SHARED.join(',')],
    ],
    { encoding: 'utf8' },
  );
  if (signal === null) expect({ status, stderr }).toEqual({ status: 0, stderr: '' });

  await linkShared({
    releaseDirectory: tree.directory,
    shared: SHARED,
    owner: OWNER,
    modes: MODES,
    say: () => undefined,
  });
  await sweep(tree.releases);
  expect(fs.readdirSync(tree.releases)).toEqual([path.basename(tree.directory)]);
  for (const name of SHARED) {
    const shared = path.join(tree.root, name);
    expect(fs.realpathSync(tree.at(name))).toBe(shared);
    if (fs.statSync(shared).isDirectory()) expect(fs.readdirSync(shared)).toEqual(['seed']);
    else expect(fs.readFileSync(shared, 'utf8')).toBe('seed');
  }
  fs.rmSync(tree.folder, { recursive: true });
  return signal !== null;
}
