import path from 'node:path';
import { expect, test } from 'vitest';
import { runArtisan, runComposer } from '../../../src/site/build.ts';
import { type SiteStep, siteStep } from '../../fixtures/site-step.ts';

/** A site on a host with a `composer` and a `php` that print how they were called. */
function withPrograms(exit = 0): SiteStep {
  const site = siteStep();
  const script = `#!/bin/sh\necho "$0 $*"; pwd; echo "$COMPOSER_MEMORY_LIMIT"; exit ${exit}\n`;
  for (const program of ['composer', 'php']) site.put(`../../bin/${program}`, script, 0o755);
  const bin = path.join(site.context.layout.root, 'bin');
  Object.assign(site.context, { agentEnvironment: { PATH: `${bin}:/usr/bin:/bin` } });
  return site;
}

test('composer installs without development packages where the release has a composer.json', async () => {
  const site = withPrograms();
  expect(await runComposer(site.step)).toEqual({ skipped: 'the release has no composer.json' });
  site.put('composer.json', '{}');
  expect(await runComposer(site.step)).toBeUndefined();
  expect(site.lines).toEqual([
    `${site.context.layout.root}/bin/composer install --no-interaction --no-dev --prefer-dist --optimize-autoloader`,
    site.directory,
    '-1',
  ]);
});

test('artisan migrates where the release has it', async () => {
  const site = withPrograms();
  expect(await runArtisan(site.step)).toEqual({ skipped: 'the release has no artisan' });
  site.put('artisan', '');
  expect(await runArtisan(site.step)).toBeUndefined();
  expect(site.lines).toEqual([
    `${site.context.layout.root}/bin/php artisan migrate --force --no-interaction`,
    site.directory,
    '-1',
  ]);
});

test('a composer that fails fails the step, and a host without one is told so', async () => {
  const site = withPrograms(2);
  site.put('composer.json', '{}');
  await expect(runComposer(site.step)).rejects.toMatchObject({
    code: 'hook_failed',
    message: 'composer install ended with exit status 2',
  });
  const bare = siteStep();
  bare.put('composer.json', '{}');
  Object.assign(bare.context, { agentEnvironment: { PATH: '/nowhere:relative' } });
  await expect(runComposer(bare.step)).rejects.toMatchObject({
    code: 'start_failed',
    message: 'composer install: this host has no composer in /nowhere:relative',
    next: 'install composer, or set auto_install_composer: false',
  });
});
