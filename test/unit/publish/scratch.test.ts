import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openScratch } from '../../../src/publish/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

/** Another publisher, in a process of its own, and the folder that it packs in. */
async function publisher(tmp: string) {
  const module = path.join(import.meta.dirname, '../../../src/publish/index.ts');
  const program = `
    const { openScratch } = await import(${JSON.stringify(module)});
    console.log((await openScratch()).folder);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { PATH: process.env.PATH, TMPDIR: tmp },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, folder: chunk.toString().trim() };
}

test('what a killed publisher has left is gone with the next one, and what others have stays', async () => {
  const tmp = temporaryFolder();
  const former = process.env.TMPDIR;
  process.env.TMPDIR = tmp;
  onTestFinished(() => {
    if (former === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = former;
  });
  const [killed, alive] = [await publisher(tmp), await publisher(tmp)];
  fs.writeFileSync(path.join(killed.folder, 'packed.tar.gz'), 'half');
  killed.child.kill('SIGKILL');
  await once(killed.child, 'exit');
  // One has just been made, and one of long ago says nothing of its publisher.
  const made = (name: string) => fs.mkdirSync(path.join(tmp, name));
  for (const name of ['slipway-publish-newborn', 'slipway-publish-ancient', 'of-somebody']) made(name);
  fs.utimesSync(path.join(tmp, 'slipway-publish-ancient'), 1000, 1000);
  const scratch = await openScratch();
  const names = [alive.folder, scratch.folder].map((folder) => path.basename(folder));
  expect(fs.readdirSync(tmp).sort()).toEqual(['of-somebody', 'slipway-publish-newborn', ...names].sort());
  await scratch[Symbol.asyncDispose]();
  expect(fs.existsSync(scratch.folder)).toBe(false);
});
