import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary.ts';

const ROOT = path.join(import.meta.dirname, '../../..');

/** Sets the modes of a release in a process of its own with the code in `door`; what came of it. */
const PROGRAM = `
  const [door, directory] = process.argv.slice(1);
  const { setPermissions } = await import(door);
  const modes = { directory: 0o750, file: 0o640, executables: 'drop' };
  const outcome = await setPermissions({ directory, owner: null, modes }).catch(({ code, message }) => ({ code, message }));
  console.log(JSON.stringify(outcome));
`;

test.each([
  ['throws', 'throw new Error("broken on purpose");', /the thread that set them died: broken on purpose/],
  ['exits', 'process.exit(7);', /ended without a word/],
])('a thread that %s fails the step, and the process goes on', (_how, worker, why) => {
  const folder = temporaryFolder();
  for (const name of ['kernel', 'wording', 'release'])
    fs.cpSync(path.join(ROOT, 'src', name), path.join(folder, 'src', name), { recursive: true });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  fs.writeFileSync(path.join(folder, 'src/release/permissions-worker.ts'), worker);
  const { code, message } = run(path.join(folder, 'src/release/index.ts'), folder);
  expect(code).toBe('permissions_failed');
  expect(message).toMatch(why);
});

test('the threads are found beside a bundle', () => {
  const folder = temporaryFolder();
  buildSync({
    entryPoints: ['index', 'permissions-worker'].map((name) => path.join(ROOT, 'src/release', `${name}.ts`)),
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    outdir: path.join(folder, 'dist'),
    logLevel: 'silent',
  });
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  expect(run(path.join(folder, 'dist/index.js'), folder)).toEqual({ entries: 2, changed: 2, left: 0 });
});

function run(door: string, folder: string): Record<string, string | number> {
  const directory = path.join(folder, 'site/release/deployment_1.1.0.0');
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, 'index.php'), '');
  const args = ['--input-type=module', '-e', PROGRAM, door, directory];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}
