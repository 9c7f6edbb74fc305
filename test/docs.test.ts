import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { madePages } from '../script/docs.ts';
import { brokenLinks, pagesOf } from './support/links.ts';
import { temporaryFolder } from './support/temporary.ts';

const ROOT = path.join(import.meta.dirname, '..');
const pages = () => pagesOf(ROOT);
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');

describe('the pages', () => {
  it.each(Object.entries(madePages))(
    '%s is as the code has it (script/docs writes it anew)',
    (file, page) => {
      expect(read(file)).toBe(page());
    },
  );

  it('give a reason for every dependency', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'));
    const page = read('docs/dependencies.md');
    const isNamed = (name: string) => page.includes(`\`${name}\``);
    expect(
      Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(
        (name) => !isNamed(name),
      ),
    ).toEqual([]);
  });

  it('link only to pages and headings that are there', () => {
    expect(brokenLinks(ROOT, pages())).toEqual([]);
  });

  it('are led to by the index, each of them', () => {
    const index = read('docs/README.md');
    const missing = pages()
      .filter((page) => /^docs\/(?!README)/.test(page))
      .filter((page) => !index.includes(`](${path.basename(page)})`));
    expect(missing).toEqual([]);
  });
});

test('a link to what is not there is found', () => {
  const folder = temporaryFolder();
  const write = (name: string, lines: string[]) =>
    fs.writeFileSync(path.join(folder, name), lines.join('\n'));
  write('other', ['# One', '```sh', '# no heading', '```', '## Two `words`: here', '## Two `words`: here']);
  const links = ['other', '#top', 'other#one', 'other#two-words-here-1', 'https://example.com/gone'];
  const broken = ['gone', '#bottom', 'other#no-heading', 'other#two-words-here-2'];
  write('page', ['# Top', ...[...links, ...broken].map((target) => `[x](${target})`), '`[y](z)`']);
  expect(brokenLinks(folder, ['page', 'other'])).toEqual(broken.map((target) => `page: ${target}`));
});
