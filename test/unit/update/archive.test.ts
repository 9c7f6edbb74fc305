import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Installation, unpackArchive } from '../../../src/update/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

/** An archive of a Slipway that says the word. */
function archiveSaying(word: string): { file: string; sha256: string } {
  const folder = temporaryFolder();
  const inside = path.join(folder, 'slipway-2.0.0');
  fs.mkdirSync(inside);
  const manifest = { version: '2.0.0', slipway: { target: 'linux-x64', journal: 1 } };
  fs.writeFileSync(path.join(inside, 'package.json'), JSON.stringify(manifest));
  fs.writeFileSync(path.join(inside, 'word'), word);
  const file = path.join(folder, 'slipway.tar');
  execFileSync('tar', ['-cf', file, '-C', folder, 'slipway-2.0.0']);
  return { file, sha256: createHash('sha256').update(fs.readFileSync(file)).digest('hex') };
}

/** Has the file exchanged for another one at the last moment before tar reads anything. */
function exchangeBeforeTar(file: string, other: string): void {
  const bin = temporaryFolder();
  const tar = execFileSync('sh', ['-c', 'command -v tar'], { encoding: 'utf8' }).trim();
  fs.writeFileSync(path.join(bin, 'tar'), `#!/bin/sh\ncp '${other}' '${file}'\nexec '${tar}' "$@"\n`, {
    mode: 0o755,
  });
  const { PATH } = process.env;
  process.env.PATH = `${bin}:${PATH}`;
  onTestFinished(() => void (process.env.PATH = PATH));
}

test('an archive that its owner exchanges once it was looked at is unpacked as it was then', async () => {
  const installation = new Installation(temporaryFolder());
  const good = archiveSaying('good');
  const other = archiveSaying('other');
  exchangeBeforeTar(good.file, other.file);
  expect(await unpackArchive(installation, good)).toBe('2.0.0');
  expect(fs.readFileSync(good.file)).toEqual(fs.readFileSync(other.file));
  const said = (name: string) => fs.readFileSync(path.join(installation.folderOf('2.0.0'), name), 'utf8');
  expect([said('word'), said('.archive').trim()]).toEqual(['good', good.sha256]);
  expect(fs.readdirSync(installation.base)).toEqual(['2.0.0']);
});

test('what is not the archive that it should be, or no file at all, leaves nothing', async () => {
  const installation = new Installation(temporaryFolder());
  const { file } = archiveSaying('good');
  const fifo = path.join(temporaryFolder(), 'fifo');
  execFileSync('mkfifo', [fifo]);
  for (const [each, message] of [
    [file, 'and not 0000'],
    [fifo, 'it is no regular file'],
    ['/nowhere.tar', 'cannot be read'],
  ] as const)
    await expect(unpackArchive(installation, { file: each, sha256: '0'.repeat(64) })).rejects.toMatchObject({
      code: 'update_refused',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('nothing was changed'),
    });
  expect(fs.readdirSync(installation.base)).toEqual([]);
});
