import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sweep, unpack } from '../../../src/release/index.ts';
import { tarArchive, tarHeader } from '../../fixtures/tar-writer.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const ENTRY_BYTES = 16 * 1024 ** 3;
const DOOR = path.join(import.meta.dirname, '../../../src/release/index.ts');

test('a process killed in the middle of unpacking leaves no release, but what the sweep knows', async () => {
  const folder = temporaryFolder();
  const archive = path.join(folder, 'app.tar');
  // 16 GB of zeros that take no room: whoever unpacks it is in the middle for a long time.
  fs.writeFileSync(archive, tarHeader({ path: 'bin/app', size: ENTRY_BYTES - 512 }));
  fs.truncateSync(archive, ENTRY_BYTES);
  const releases = path.join(folder, 'release');
  const into = path.join(releases, 'deployment_1.1.0.0');
  const program = `const { unpack } = await import(process.argv[1]); await unpack({ archive: process.argv[2], into: process.argv[3] });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, DOOR, archive, into], {
    stdio: 'inherit',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  await waitFor('a file that is being written', () => {
    const [leftover] = fs.readdirSync(releases);
    return leftover !== undefined && fs.statSync(path.join(releases, leftover, 'bin/app')).size > 0;
  });
  child.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);

  expect(fs.existsSync(into)).toBe(false);
  const [leftover] = fs.readdirSync(releases);
  expect(leftover).toMatch(/^\.tmp-deployment_1\.1\.0\.0\./);
  expect(await sweep(releases)).toEqual([leftover]);
  expect(fs.readdirSync(releases)).toEqual([]);

  fs.writeFileSync(archive, tarArchive({ path: 'bin/app', body: 'whole' }));
  await unpack({ archive, into });
  expect(fs.readFileSync(path.join(into, 'bin/app'), 'utf8')).toBe('whole');
});
