import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { expect, test } from 'vitest';
import { tarArchive } from '../../fixtures/tar-writer.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const ROOT = path.join(import.meta.dirname, '../../..');

/** Unpacks in a process of its own with the code in `code`; what came of it. */
const PROGRAM = `
  const [door, archive, into] = process.argv.slice(1);
  const { unpack } = await import(door);
  const outcome = await unpack({ archive, into }).catch(({ code, message }) => ({ code, message }));
  console.log(JSON.stringify(outcome));
`;

test.each([
  ['throws', 'throw new Error("broken on purpose");', /the thread that unpacked it died: broken on purpose/],
  ['rejects', 'await Promise.reject(new Error("broken on purpose"));', /died: broken on purpose/],
  ['exits', 'process.exit(7);', /ended without a word/],
  [
    'takes all memory',
    'const hoard = []; for (;;) hoard.push(new Array(1e5).fill(Math.random()));',
    /died: .*memory/,
  ],
])('a thread that %s is a refused archive, and the process goes on', (_how, worker, why) => {
  const folder = sources();
  fs.writeFileSync(path.join(folder, 'src/release/unpack-worker.ts'), worker);
  const { code, message } = run(path.join(folder, 'src/release/index.ts'), folder);
  expect(code).toBe('archive_refused');
  expect(message).toMatch(why);
  expect(fs.readdirSync(path.join(folder, 'release'))).toEqual([]);
});

test('the thread is found beside a bundle', () => {
  const folder = temporaryFolder();
  buildSync({
    entryPoints: ['index', 'unpack-worker'].map((name) => path.join(ROOT, 'src/release', `${name}.ts`)),
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    outdir: path.join(folder, 'dist'),
    outExtension: { '.js': '.js' },
    logLevel: 'silent',
  });
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  expect(run(path.join(folder, 'dist/index.js'), folder)).toEqual({ entries: 1, sizeBytes: 1 });
});

/** A copy of the sources that a test may break. */
function sources(): string {
  const folder = temporaryFolder();
  for (const name of ['kernel', 'wording', 'release'])
    fs.cpSync(path.join(ROOT, 'src', name), path.join(folder, 'src', name), { recursive: true });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

function run(door: string, folder: string): Record<string, string | number> {
  const archive = path.join(folder, 'archive');
  fs.writeFileSync(archive, tarArchive({ path: 'a', body: 'a' }));
  const into = path.join(folder, 'release/deployment_1.1.0.0');
  const args = ['--input-type=module', '-e', PROGRAM, door, archive, into];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}
