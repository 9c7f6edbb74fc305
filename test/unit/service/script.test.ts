import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { releaseScript, requireScript } from '../../../src/service/script.ts';
import { temporaryFolder } from '../../support/temporary.ts';

function releaseWith(...scripts: string[]): string {
  const directory = temporaryFolder();
  fs.mkdirSync(path.join(directory, 'bin'));
  for (const name of scripts) fs.writeFileSync(path.join(directory, 'bin', name), '');
  return directory;
}

const found = (release: string | null, ...scripts: string[]) =>
  path.basename(releaseScript({ name: 'shop', release }, releaseWith(...scripts)));

test("a release is started by the script configured, that of the app's name, or the only one", () => {
  expect(found('web', 'shop', 'web')).toBe('web');
  expect(found(null, 'shop', 'web')).toBe('shop');
  expect(found(null, 'web', 'web.bat')).toBe('web');
  // As relx has it.
  expect(found(null, 'till', 'till-1.0.0', 'nodetool', 'install_upgrade.escript', 'start_clean.boot')).toBe(
    'till',
  );
});

test('where none could be meant, it is told which there are and what to write', () => {
  const demand = (release: string | null, ...scripts: string[]) =>
    requireScript({ name: 'shop', release }, releaseWith(...scripts));
  expect(() => demand(null, 'web')).not.toThrow();
  expect(() => demand(null, 'web', 'admin')).toThrow(
    expect.objectContaining({
      code: 'release_script',
      message: 'the release has no bin/shop: there is admin, web',
      hint: "name the one that starts it in the app's configuration: release: admin",
    }),
  );
  expect(() => demand('wbe', 'web')).toThrow('the release has no bin/wbe: there is web');
  expect(() => requireScript({ name: 'shop', release: null }, temporaryFolder())).toThrow(
    'the release has no bin/shop: there is nothing that starts a release',
  );
});
