import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { circles, sizeViolations, violations } from './support/architecture.ts';

const ROOT = path.join(import.meta.dirname, '..');

describe('the house', () => {
  const files = sources('src');

  it('has no import that the plan forbids, and a door to every folder', () => {
    expect(violations(files)).toEqual([]);
  });

  it('has no circle of files, in the benchmarks neither', () => {
    const fromRoot = ['src', 'bench'].flatMap((folder) =>
      [...sources(folder)].map(([file, text]) => [`${folder}/${file}`, text] as const),
    );
    expect(circles(new Map(fromRoot))).toEqual([]);
  });

  it('is made of small files', () => {
    expect(sizeViolations(files)).toEqual([]);
  });
});

describe('the plan notices', () => {
  const doors = {
    'kernel/index.ts': '',
    'config/index.ts': '',
    'agent/index.ts': '',
    'journal/index.ts': '',
  };
  const check = (files: Record<string, string>) =>
    violations(new Map(Object.entries({ ...doors, ...files })));

  it.each([
    [
      'a neighbour on the same floor',
      { 'config/a.ts': `import { x } from '../journal/index.ts';` },
      'one floor',
    ],
    ['a higher floor', { 'kernel/a.ts': `import { x } from '../config/index.ts';` }, 'higher floor'],
    [
      'a type of a higher floor',
      { 'kernel/a.ts': `import type {\n  X,\n} from '../config/index.ts';` },
      'higher floor',
    ],
    ['a higher floor passed on', { 'kernel/a.ts': `export * from '../config/index.ts';` }, 'higher floor'],
    [
      'a higher floor loaded late',
      { 'kernel/a.ts': `const x = await import('../config/index.ts');` },
      'higher floor',
    ],
    ['a bare import', { 'kernel/a.ts': `import '../config/index.ts';` }, 'higher floor'],
    [
      'a worker elsewhere',
      { 'kernel/a.ts': `new Worker(new URL('../config/w.ts', import.meta.url))` },
      'higher floor',
    ],
    ['main.ts imported from within', { 'agent/a.ts': `import { main } from '../main.ts';` }, 'higher floor'],
    [
      'another folder not by its door',
      { 'agent/a.ts': `import { x } from '../kernel/clock.ts';` },
      'index.ts',
    ],
    [
      'an inner folder not by its door',
      { 'agent/a.ts': `import { x } from './b/c.ts';`, 'agent/b/index.ts': '' },
      'index.ts',
    ],
    ['SQL outside of the journal', { 'agent/a.ts': `import Database from 'better-sqlite3';` }, 'SQL'],
    ['what is outside of src', { 'agent/a.ts': `import { x } from '../../test/x.ts';` }, 'outside of src'],
    ['a folder on no floor', { 'utils/index.ts': '' }, 'no floor'],
    ['a folder without a door', { 'fleet/a.ts': '' }, 'no index.ts'],
  ])('%s', (_, files, reason) => {
    expect(check(files)).toEqual([expect.stringContaining(reason)]);
  });

  it('nothing amiss in what it allows', () => {
    const files = {
      'main.ts': `import { x } from './agent/index.ts';`,
      'agent/a.ts': `import { x } from '../kernel/index.ts';\nimport { y } from './b/index.ts';`,
      'agent/b/index.ts': `import { z } from '../a.ts';`,
      'journal/a.ts': `import Database from 'better-sqlite3';`,
    };
    expect(check(files)).toEqual([]);
  });

  it.each([
    ['two files', { 'a/a.ts': `import { b } from './b.ts';`, 'a/b.ts': `import { a } from './a.ts';` }],
    ['types', { 'a/a.ts': `import type { B } from './b.ts';`, 'a/b.ts': `import type { A } from './a.ts';` }],
    [
      'a type within a type',
      { 'a/a.ts': `type B = import('./b.ts').B;`, 'a/b.ts': `export * from './a.ts';` },
    ],
    [
      'what is loaded late',
      { 'a/a.ts': `const b = await import('./b.ts');`, 'a/b.ts': `import { a } from './a.ts';` },
    ],
  ])('a circle of %s', (_, files) => {
    expect(circles(new Map(Object.entries(files)))).toEqual([
      'a/a.ts imports a/b.ts imports a/a.ts: a circle',
    ]);
  });

  it('a circle over folders, once wherever it is entered, and beside others', () => {
    const files = new Map([
      ['bench/run.ts', `import { x } from '../src/a/index.ts';\nimport './case.ts';`],
      ['bench/case.ts', ''],
      ['src/b/b.ts', `import { x } from '../a/index.ts';`],
      ['src/a/index.ts', `export { x } from './x.ts';`],
      ['src/a/x.ts', `import { b } from '../b/b.ts';`],
      ['src/a/self.ts', `import { self } from './self.ts';`],
    ]);
    expect(circles(files)).toEqual([
      'src/a/index.ts imports src/a/x.ts imports src/b/b.ts imports src/a/index.ts: a circle',
      'src/a/self.ts imports src/a/self.ts: a circle',
    ]);
    files.set('src/a/x.ts', '');
    files.set('src/a/self.ts', `import { x } from './x.ts';\nimport { y } from './index.ts';`);
    expect(circles(files)).toEqual([]);
  });

  it('long files', () => {
    const lines = (count: number) => 'x\n'.repeat(count);
    const sizes = (...counts: number[]) =>
      new Map(counts.map((count, i) => [`kernel/${i}.ts`, lines(count)]));
    expect(sizeViolations(sizes(10, 79, 200))).toEqual([]);
    expect(sizeViolations(sizes(10, 80, 200))).toEqual([expect.stringContaining('median')]);
    expect(sizeViolations(sizes(10, 20, 300))).toEqual([expect.stringContaining('kernel/2.ts')]);
  });
});

function sources(folder: string): Map<string, string> {
  const within = path.join(ROOT, folder);
  const names = fs.readdirSync(within, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.ts'));
  return new Map(files.map((name) => [name, fs.readFileSync(path.join(within, name), 'utf8')]));
}
