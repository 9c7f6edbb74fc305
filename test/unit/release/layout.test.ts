import { describe, expect, test } from 'vitest';
import { parseReleaseName, serviceLayout } from '../../../src/release/index.ts';
import { releaseName } from '../../../src/release/layout.ts';

describe('the layout of a service', () => {
  test('is that of the design', () => {
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
