import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorsPage } from '../script/docs.ts';
import { errorCodes } from '../src/kernel/index.ts';

const ROOT = path.join(import.meta.dirname, '..');
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');

describe('the pages', () => {
  it('list every error code as it is (script/docs writes them anew)', () => {
    expect(read('docs/errors.md')).toBe(errorsPage());
    for (const code of Object.keys(errorCodes)) expect(errorsPage()).toContain(`\`${code}\``);
  });

  it('give a reason for every dependency', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json'));
    const page = read('docs/dependencies.md');
    const isNamed = (name: string) => page.includes(`\`${name}\``);
    expect(Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !isNamed(name))).toEqual([]);
  });

  it('link only to what is there', () => {
    const pages = ['README.md', 'CONTRIBUTING.md', 'bench/README.md'];
    pages.push(
      ...fs
        .readdirSync(path.join(ROOT, 'docs'))
        .filter((name) => name.endsWith('.md'))
        .map((name) => `docs/${name}`),
    );
    for (const page of pages)
      for (const [, target = ''] of read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
        expect(fs.existsSync(path.join(ROOT, path.dirname(page), target)), `${page} -> ${target}`).toBe(true);
  });
});
