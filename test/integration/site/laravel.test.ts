import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePorts } from '../../support/free-port.ts';
import { startNginx } from '../../support/nginx.ts';
import { startPhpFpm } from '../../support/php-fpm.ts';
import { SiteWorkshop } from '../../support/site.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Stands for `deployer`: a user of every Debian with a group of its own name, and none that www-data is in. */
const DEPLOYER = 'backup';

/** What Laravel does with its storage: a log, and folders of a cache that whoever needs one makes. */
const LOG = `<?php
function note($who) {
  $storage = __DIR__ . '/storage';
  $cache = "$storage/framework/cache/data";
  if (!is_dir($cache)) mkdir($cache, 0777, true);
  foreach (["$storage/logs/laravel.log", "$cache/entry"] as $file)
    if (@file_put_contents($file, "$who\\n", FILE_APPEND) === false) {
      if (php_sapi_name() === 'cli') { fwrite(STDERR, "cannot write $file\\n"); exit(1); }
      http_response_code(500);
      exit("cannot write $file");
    }
}
`;

/** The server of the page, with the paths and ports of a test. */
function serverOfPage(replacements: Record<string, string>): string {
  const page = path.join(import.meta.dirname, '../../../docs/getting-started-laravel.md');
  let text = /```nginx\n([\s\S]*?)```/.exec(fs.readFileSync(page, 'utf8'))?.[1] ?? '';
  for (const [from, to] of Object.entries(replacements)) {
    expect(text).toContain(from);
    text = text.replaceAll(from, to);
  }
  return text;
}

test('hooks and workers of the one user and PHP of the other share the storage of the project', async () => {
  const folder = temporaryFolder();
  fs.chmodSync(folder, 0o755);
  const site = await SiteWorkshop.make({
    folder,
    site: {
      user: DEPLOYER,
      owner: `www-data:${DEPLOYER}`,
      shared: ['storage'],
      auto_artisan_migrations: true,
      workers: [{ name: 'queue', command: 'php artisan queue' }],
    },
  });
  site.repository.push({
    'note.php': LOG,
    artisan: `<?php require 'note.php'; note($argv[1]); if ($argv[1] === 'queue') while (true) sleep(60);`,
    'public/index.php': `<?php require '../note.php'; note('visitor'); echo 'shop';`,
    'storage/logs/.gitignore': '*\n',
    'storage/framework/cache/.gitignore': '*\n',
    '.slipway/after.pull': 'php artisan hook',
  });
  await site.workshop.start();
  expect(await site.deploy()).toMatchObject({ state: 'succeeded', reason: null });
  const port = await freePorts(1);
  const socket = await startPhpFpm(folder, { umask: '0022' });
  fs.copyFileSync('/etc/nginx/fastcgi_params', path.join(folder, 'fastcgi_params'));
  const servers = serverOfPage({
    'listen 8000;': `listen 127.0.0.1:${port};`,
    '/webroot': site.root,
    '/run/php/php8.2-fpm.sock': socket,
  });
  await startNginx(folder, { port, servers });
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  expect([answer.status, await answer.text()]).toEqual([200, 'shop']);
  const log = site.file('storage/logs/laravel.log');
  await waitFor('the worker to write', () => fs.readFileSync(log, 'utf8').includes('queue'));
  expect(fs.readFileSync(log, 'utf8').split('\n')).toEqual(
    expect.arrayContaining(['hook', 'migrate', 'queue', 'visitor']),
  );
  site.repository.push({ 'index.html': 'two' });
  expect(await site.deploy()).toMatchObject({ state: 'succeeded', reason: null });
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
});
