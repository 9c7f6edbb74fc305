import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary.ts';

const DIST = path.join(import.meta.dirname, '../../../dist');

test('a verb loads few files, and nothing that checks a configuration', () => {
  const main = fs.readFileSync(path.join(DIST, 'main.js'), 'utf8');
  const [program = ''] = /chunk-[\w-]+\.js(?=`\))/.exec(main) ?? [];
  const loaded = [...closure('main.js'), ...closure(program)];
  expect(loaded.length).toBeLessThan(8);
  const text = loaded.map((file) => fs.readFileSync(path.join(DIST, file), 'utf8')).join('');
  expect(text).toContain('no agent answers on');
  expect(text).not.toContain('ZodObject');
});

test('what was compiled is kept beside the program, where its owner alone may write', () => {
  const folder = temporaryFolder();
  fs.cpSync(DIST, path.join(folder, 'dist'), {
    recursive: true,
    filter: (file) => file === DIST || file.endsWith('.js'),
  });
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  const kept = path.join(folder, '.cache/compile');
  const run = () => {
    const umask = process.umask(0);
    try {
      execFileSync(process.execPath, [path.join(folder, 'dist/main.js'), '--version'], { env: {} });
    } finally {
      process.umask(umask);
    }
  };
  run();
  expect(fs.statSync(kept).mode & 0o777).toBe(0o700);
  expect(fs.readdirSync(kept)).toHaveLength(1);

  fs.rmSync(kept, { recursive: true });
  fs.mkdirSync(kept);
  fs.chmodSync(kept, 0o777);
  run();
  expect(fs.readdirSync(kept)).toEqual([]);
});

/** What Node loads with a file of the bundle. */
function closure(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = fs.readFileSync(path.join(DIST, file), 'utf8');
  for (const [, next = ''] of text.matchAll(
    /(?:^|[;}])(?:import|export)(?:[\w$*{},\s]*from)?"\.\/(chunk-[\w-]+\.js)"/g,
  ))
    closure(next, seen);
  return seen;
}
