import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startGitDaemon } from '../../support/git-daemon.ts';
import { GitRepository, runGit, treeOf } from '../../support/git-repository.ts';
import { checkOut, fetchCommit, gitSource } from '../../support/git-source.ts';
import { temporaryFolder } from '../../support/temporary.ts';

/** `shop` has `theme` at `lib/theme`, which has `icons` at `icons`; addresses are relative. */
function family() {
  const folder = temporaryFolder();
  const make = (name: string) => new GitRepository(path.join(folder, name));
  const icons = make('icons');
  icons.commit({ 'icon.svg': 'icon' });
  const theme = make('theme');
  theme.commit({ 'style.css': 'style' });
  add(theme, '../icons', 'icons');
  const shop = make('shop');
  shop.commit({ 'index.php': 'one' });
  const commit = add(shop, '../theme', 'lib/theme');
  return { folder, icons, theme, shop, commit };
}

function add(parent: GitRepository, url: string, at: string): string {
  // git wants a remote to go from.
  const remote = parent.git('remote');
  if (remote === '') parent.git('remote', 'add', 'origin', parent.folder);
  parent.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', url, at);
  return parent.commit({}, 'a submodule');
}

/** A commit with a submodule that only its author would want. */
function withGitlink(shop: GitRepository, options: { url: string; at: string; commit: string }): string {
  const { url, at, commit } = options;
  shop.commit({ '.gitmodules': `[submodule "x"]\n\tpath = "${at}"\n\turl = "${url}"\n` });
  shop.git('update-index', '--add', '--cacheinfo', `160000,${commit},${at}`);
  shop.git('commit', '--quiet', '-m', 'a submodule');
  return shop.git('rev-parse', 'HEAD');
}

test('submodules, and those of submodules, are those of a recursive clone', async () => {
  const { folder, shop, commit } = family();
  const clone = path.join(folder, 'clone');
  const options = ['-c', 'protocol.file.allow=always', 'clone', '--quiet', '--recurse-submodules'];
  runGit(folder, ...options, shop.folder, clone);
  const source = gitSource({ url: shop.folder });
  const found = treeOf(await checkOut(source, commit));
  expect(found).toEqual({ ...treeOf(clone), REVISION: `file 644 ${commit}\n` });
  expect(found['lib/theme/icons/icon.svg']).toBe('file 644 icon');
  const fetched = await fetchCommit(source, commit);
  // Two of them are .gitmodules.
  expect(fetched.files).toBe(5);
});

test('without submodules their folders are empty', async () => {
  const { shop, commit } = family();
  const found = treeOf(await checkOut(gitSource({ url: shop.folder, submodules: false }), commit));
  expect(found['lib/theme']).toBe('folder 755');
  expect(Object.keys(found).filter((name) => name.startsWith('lib/theme/'))).toEqual([]);
});

test('relative submodules of a served repository come from the same server', async () => {
  const { folder, commit } = family();
  const daemon = await startGitDaemon(folder);
  const found = treeOf(await checkOut(gitSource({ url: `${daemon.url}/shop` }), commit));
  expect(found['lib/theme/icons/icon.svg']).toBe('file 644 icon');
});

test('of a subdirectory, only its own submodules are fetched', async () => {
  const { shop, commit, theme } = family();
  const inside = treeOf(await checkOut(gitSource({ url: shop.folder, subdirectory: 'lib' }), commit));
  expect(inside['theme/style.css']).toBe('file 644 style');
  const next = shop.commit({ 'web/index.php': 'two' });
  fs.rmSync(theme.folder, { recursive: true });
  const outside = treeOf(await checkOut(gitSource({ url: shop.folder, subdirectory: 'web' }), next));
  expect(Object.keys(outside)).toEqual(['REVISION', 'index.php'].toSorted());
});

test('a submodule whose branch was forced away is deployed all the same', async () => {
  const { shop, theme, commit } = family();
  theme.git('checkout', '--quiet', '--orphan', 'anew');
  theme.commit({ other: 'x' });
  theme.git('branch', '-D', 'main');
  const found = treeOf(await checkOut(gitSource({ url: shop.folder }), commit));
  expect(found['lib/theme/style.css']).toBe('file 644 style');
});

test('a gitlink that .gitmodules does not know is left empty, and told', async () => {
  const { shop, icons } = family();
  shop.git('update-index', '--add', '--cacheinfo', `160000,${icons.git('rev-parse', 'HEAD')},stray`);
  shop.git('commit', '--quiet', '-m', 'stray');
  const said: string[] = [];
  const source = gitSource({ url: shop.folder });
  await fetchCommit(source, shop.git('rev-parse', 'HEAD'), said);
  expect(said).toContain('the submodule "stray" is left empty: .gitmodules has no address for it');
  const found = treeOf(await checkOut(source, shop.git('rev-parse', 'HEAD')));
  expect(found.stray).toBe('folder 755');
});

test('a folder whose name is no UTF-8 may hold a submodule', async () => {
  const { shop, icons } = family();
  const modules = `[submodule "x"]\n\tpath = f\u00fcr\n\turl = ${icons.folder}\n`;
  const blob = shop.writeBlob(Buffer.from(modules, 'latin1'));
  const entries = `100644 blob ${blob}\t.gitmodules\n160000 commit ${icons.git('rev-parse', 'HEAD')}\tf\u00fcr\n`;
  const commit = shop.commitTree(Buffer.from(entries, 'latin1'));
  const found = treeOf(await checkOut(gitSource({ url: shop.folder }), commit));
  expect(found['f\u00fcr/icon.svg']).toBe('file 644 icon');
});

test('a kept .git is clean with submodules in their places', async () => {
  const { shop, commit } = family();
  const into = await checkOut(gitSource({ url: shop.folder }), commit, { keepGit: true });
  expect(treeOf(into)['lib/theme/icons/icon.svg']).toBe('file 644 icon');
  expect(runGit(into, 'status', '--porcelain')).toBe('');
});

test.each([
  ['a folder of this host', '/srv/secrets'],
  ['a file:// URL', 'file:///srv/secrets'],
  ['a command', 'ext::sh -c touch% /tmp/slipway-was-here'],
  ['an option', '--upload-pack=touch'],
])('%s as submodule of a served repository is refused', async (_, url) => {
  const { folder, shop, icons } = family();
  const commit = withGitlink(shop, { url, at: 'x', commit: icons.git('rev-parse', 'HEAD') });
  const daemon = await startGitDaemon(folder);
  await expect(checkOut(gitSource({ url: `${daemon.url}/shop` }), commit)).rejects.toMatchObject({
    code: 'config_invalid',
  });
});
