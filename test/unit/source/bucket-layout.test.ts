import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VERSION_PATTERN } from '../../../src/kernel/index.ts';
import {
  archiveFolderKey,
  archiveNames,
  currentKey,
  versionOfArchive,
} from '../../../src/source/bucket-layout.ts';

test("the keys of a bucket are those of DeployEx's guide", () => {
  expect(currentKey('myphoenixapp', 'local')).toBe('versions/myphoenixapp/local/current.json');
  expect(archiveFolderKey('myphoenixapp')).toBe('dist/myphoenixapp');
  expect(archiveNames('myphoenixapp', '0.1.0')).toEqual([
    'myphoenixapp-0.1.0.tar.gz',
    'myphoenixapp-0.1.0.tar.zst',
    'myphoenixapp-0.1.0.zip',
  ]);
});

test('the version of an archive is read from its name', () => {
  fc.assert(
    fc.property(fc.stringMatching(VERSION_PATTERN, { maxLength: 40 }), (version) => {
      for (const file of archiveNames('app', version)) expect(versionOfArchive('app', file)).toBe(version);
    }),
  );
});

test.each([
  'app-1.0.0.tar',
  'app-.tar.gz',
  'app.tar.gz',
  'other-1.0.0.tar.gz',
  'app-..tar.gz',
  'app-1 0.zip',
  'app-1.tar.gz.part',
])('%s is no archive of app', (file) => {
  expect(versionOfArchive('app', file)).toBeNull();
});
