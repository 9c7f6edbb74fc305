import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findHook } from '../../../src/site/hook.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const PLACES = [
  '.slipway/staging/after.pull',
  '.slipway/after.pull',
  '.amezmo/staging/after.pull',
  '.amezmo/after.pull',
];

function release(...files: string[]): string {
  const directory = path.join(temporaryFolder(), 'release');
  for (const file of files) put(directory, file);
  return directory;
}

function put(directory: string, file: string): void {
  fs.mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
  fs.writeFileSync(path.join(directory, file), 'true\n');
}

function find(directory: string, name = 'after.pull'): string | null {
  const file = findHook({ directory, environment: 'staging', name });
  return file === null ? null : path.relative(directory, file);
}

test('.slipway goes before .amezmo, and what is for the environment before the general one', () => {
  const directory = release(...PLACES);
  for (const place of PLACES) {
    expect(find(directory)).toBe(place);
    fs.rmSync(path.join(directory, place));
  }
  expect(find(directory)).toBeNull();
});

test('a nested hook is found in its folder, of another environment none is', () => {
  const directory = release('.amezmo/rollback/before', '.slipway/production/before.deploy');
  expect(find(directory, 'rollback/before')).toBe('.amezmo/rollback/before');
  expect(find(directory, 'before.deploy')).toBeNull();
  expect(find(path.join(directory, 'no such release'))).toBeNull();
});

test('a directory of that name is no hook, and neither is what lies behind a file', () => {
  const directory = release('.slipway', '.amezmo/after.pull/file');
  expect(find(directory)).toBeNull();
});

test('a link within the release is followed, one that leads out of it or nowhere is refused', () => {
  const directory = release('script/pull.sh');
  put(path.dirname(directory), 'outside.sh');
  const hook = path.join(directory, '.slipway/after.pull');
  fs.mkdirSync(path.dirname(hook));
  fs.symlinkSync('../script/pull.sh', hook);
  expect(find(directory)).toBe('.slipway/after.pull');
  for (const [target, why] of [
    ['../../outside.sh', /is a link out of the release, to .*\/outside\.sh/],
    ['../../nothing', /is a link that leads nowhere/],
  ] as const) {
    fs.rmSync(hook);
    fs.symlinkSync(target, hook);
    expect(() => find(directory)).toThrow(
      expect.objectContaining({ code: 'hook_failed', message: expect.stringMatching(why) }),
    );
  }
});

test('a folder of hooks that is a link out of the release is refused', () => {
  const directory = release('README');
  put(path.dirname(directory), 'elsewhere/after.pull');
  fs.symlinkSync('../elsewhere', path.join(directory, '.amezmo'));
  expect(() => find(directory)).toThrow(/out of the release/);
});

test('a release that is itself reached through a link has its hooks', () => {
  const directory = release('.slipway/after.pull');
  const link = path.join(path.dirname(directory), 'current');
  fs.symlinkSync('release', link);
  expect(find(link)).toBe('.slipway/after.pull');
});
