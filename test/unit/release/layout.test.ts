import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseReleaseName, serviceLayout, siteLayout } from '../../../src/release/index.ts';
import { releaseName } from '../../../src/release/layout.ts';
import { temporaryFolder } from '../../support/temporary.ts';

describe('the layout of a service', () => {
  test('has a tree for all, and one for each instance', () => {
    const layout = serviceLayout('/var/lib/slipway', 'shop@staging');
    const root = '/var/lib/slipway/service/shop@staging';
    expect(layout.root).toBe(root);
    expect(layout.release).toBe(`${root}/release`);
    expect(layout.releaseDirectory(4, '0.1.1')).toBe(`${root}/release/deployment_4.0.1.1`);
    const { releaseDirectory, ...paths } = layout.instance(2);
    expect(releaseDirectory(4, 'ab12cd3')).toBe(`${root}/2/release/deployment_4.ab12cd3`);
    expect(paths).toEqual({
      root: `${root}/2`,
      release: `${root}/2/release`,
      current: `${root}/2/current`,
      previous: `${root}/2/previous`,
      new: `${root}/2/new`,
    });
  });

  test('has names of releases that can be read back', () => {
    for (const label of ['1.0.0', 'ab12cd3', '1.0.0-rc.1+build~2']) {
      expect(parseReleaseName(releaseName(12, label))).toEqual({ number: 12, label });
    }
  });

  test('knows no release by another name', () => {
    const names = [
      'deployment_0.1',
      'deployment_1',
      'deployment_1.',
      'deployment_01.a',
      'deployment_1./x',
      'current',
    ];
    for (const name of [
      ...names,
      '.tmp-deployment_1.a',
      'deployment_1..',
      'deployment_-1.a',
      'deployment_1.a\n',
    ])
      expect(parseReleaseName(name)).toBeNull();
  });

  test('makes no path of a label that is no version', () => {
    for (const label of ['', '../x', 'a/b', '.hidden', 'a b', 'a\n'])
      expect(() => serviceLayout('/d', 'a').releaseDirectory(1, label)).toThrow(
        expect.objectContaining({ code: 'version_invalid' }),
      );
  });
});

describe('the full commit of a release of a site', () => {
  const commit = 'ab12cd3'.padEnd(40, '0');

  function versionWith(make: (file: string) => void): string {
    const layout = siteLayout(temporaryFolder());
    const directory = layout.releaseDirectory(1, commit);
    fs.mkdirSync(directory, { recursive: true });
    make(path.join(directory, 'REVISION'));
    return layout.versionOf(1, 'ab12cd3');
  }

  test('is read from its REVISION', () => {
    expect(versionWith((file) => fs.writeFileSync(file, `${commit}\n`))).toBe(commit);
    expect(versionWith((file) => fs.writeFileSync(file, 'another commit\n'))).toBe('ab12cd3');
  });

  test.each([
    ['a fifo that nobody writes to', (file: string) => void execFileSync('mkfifo', [file])],
    ['a link to what never ends', (file: string) => fs.symlinkSync('/dev/zero', file)],
    ['a directory', (file: string) => fs.mkdirSync(file)],
    ['of any length', (file: string) => fs.writeFileSync(file, `${commit}\n`.padEnd(300))],
  ])('is not looked for in a REVISION that is %s', (_what, make) => {
    expect(versionWith(make)).toBe('ab12cd3');
  });
});
