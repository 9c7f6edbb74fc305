import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openOwned, openOwnedSoon, refuseOthers, refuseStrangers } from '../../../src/kernel/index.ts';
import { APP_USER, STRANGER } from '../../support/swapper.ts';
import { temporaryFolder } from '../../support/temporary.ts';

/** A folder of the app's user with a file of its own, beside a file that root alone may read. */
function ground() {
  const root = temporaryFolder();
  const folder = path.join(root, 'app');
  const [file, secret] = [path.join(folder, 'file'), path.join(root, 'secret')];
  fs.mkdirSync(folder);
  fs.writeFileSync(file, 'of the app');
  fs.writeFileSync(secret, 'of root', { mode: 0o600 });
  for (const each of [folder, file]) fs.chownSync(each, APP_USER.uid, APP_USER.gid);
  return { root, folder, file, secret };
}

const text = (file: string, owners: number[] | null) => {
  const fd = openOwned(file, owners);
  try {
    return fs.readFileSync(fd, 'utf8');
  } finally {
    fs.closeSync(fd);
  }
};

describe.skipIf(process.getuid?.() !== 0)('a file by a way that others may change', () => {
  test('is opened where it is theirs, or everybody may read it', async () => {
    const { folder, file } = ground();
    expect(text(file, [APP_USER.uid])).toBe('of the app');
    const put = path.join(folder, 'put');
    fs.writeFileSync(put, 'by root', { mode: 0o644 });
    expect(text(put, [APP_USER.uid])).toBe('by root');
    fs.closeSync(await openOwnedSoon(put, [APP_USER.uid]));
  });

  test('is not opened where a link leads to it, in whichever part of the way', () => {
    const { root, folder, secret } = ground();
    fs.symlinkSync(secret, path.join(folder, 'link'));
    fs.symlinkSync(root, path.join(folder, 'up'));
    for (const way of ['link', 'up/secret'])
      expect(() => openOwned(path.join(folder, way), [APP_USER.uid]), way).toThrow('is a symbolic link');
    fs.symlinkSync(secret, path.join(root, 'of-root'));
    expect(text(path.join(root, 'of-root'), [])).toBe('of root');
  });

  test('is not opened where they cannot read it themselves: a second name, or what was moved there', () => {
    const { folder, secret } = ground();
    fs.linkSync(secret, path.join(folder, 'second'));
    for (const owners of [[APP_USER.uid], null])
      expect(() => openOwned(path.join(folder, 'second'), owners)).toThrow('alone to read');
    fs.chownSync(secret, STRANGER.uid, STRANGER.gid);
    expect(() => openOwned(path.join(folder, 'second'), null)).toThrow('alone to read');
  });

  test('of a stranger, or that everybody may write to, is refused with what mends it', () => {
    const { folder, file } = ground();
    expect(() => openOwned(file, [])).toThrow(
      `${folder} belongs to uid ${APP_USER.uid}, who is a stranger here`,
    );
    fs.chmodSync(file, 0o666);
    expect(() => openOwned(file, [APP_USER.uid])).toThrow(`everybody may write to ${file} (mode 0666)`);
  });
});

test.skipIf(process.getuid?.() !== 0)('what the agent keeps is refused where others may change it', () => {
  const { root, folder } = ground();
  const data = path.join(root, 'data');
  expect(() => refuseOthers(data)).not.toThrow();
  fs.mkdirSync(data);
  fs.chownSync(data, STRANGER.uid, STRANGER.gid);
  expect(() => refuseOthers(data)).toThrow(
    expect.objectContaining({ code: 'permission', next: `chown 0 ${data}` }),
  );
  fs.chownSync(data, 0, STRANGER.gid);
  fs.chmodSync(data, 0o775);
  expect(() => refuseOthers(data)).toThrow(
    expect.objectContaining({ code: 'permission', next: `chmod go-w ${data}` }),
  );
  expect(() => refuseStrangers(data)).not.toThrow();
  for (const below of [folder, path.join(folder, 'not/there')]) {
    expect(() => refuseOthers(below)).toThrow('who is a stranger here');
    expect(() => refuseStrangers(below)).toThrow('who is a stranger here');
  }
});
