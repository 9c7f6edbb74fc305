import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { setUpAll } from '../../support/before-all.ts';
import { pagesOf } from '../../support/links.ts';
import { blocksOf, indentedBlocks } from './blocks.ts';
import { CHECKS, checkScript } from './checks.ts';
import { type BlockClass, classOf, ELSEWHERE } from './classes.ts';
import { callsIn, misunderstood } from './command-lines.ts';
import { configCheck } from './configurations.ts';
import { DocumentedHost } from './host.ts';
import { differences, idOf } from './session.ts';

const ROOT = path.join(import.meta.dirname, '../../..');
const pages = pagesOf(ROOT);
const blocks = pages.flatMap((page) => blocksOf(ROOT, page));
const byClass = Map.groupBy(blocks, classOf);
const of = (...classes: BlockClass[]) => classes.flatMap((each) => byClass.get(each) ?? []);

/** What is run of a page, in order: its commands, and the files that it has them use. */
const runs = Map.groupBy(
  blocks.filter((block) => classOf(block) === 'commands' || block.file !== null),
  ({ page }) => page,
);
const isRun = (page: string) => runs.get(page)?.some((block) => classOf(block) === 'commands') ?? false;
/** They have a configuration of their own, in place of that of the apps which the others name. */
const isGuide = (page: string) =>
  runs.get(page)?.some(({ file }) => file === '/etc/slipway/slipway.yaml') ?? false;
const inOrder = pages.filter(isRun).toSorted((a, b) => Number(isGuide(a)) - Number(isGuide(b)));

let host: DocumentedHost;
setUpAll(async (cleanUp) => {
  host = await DocumentedHost.boot(cleanUp);
});

test('every block has a language, and there is a check for each', () => {
  expect(pages.flatMap((page) => indentedBlocks(ROOT, page))).toEqual([]);
  expect((byClass.get(null) ?? []).map(idOf)).toEqual([]);
  const counts = Object.fromEntries([...byClass].map(([name, each]) => [name, each.length]));
  expect(counts.commands).toBeGreaterThan(40);
  expect(counts.configuration).toBeGreaterThan(5);
});

test('the command line understands every call of slipway on the pages', () => {
  const calling = of('commands', 'commands elsewhere', 'checkout', 'pipeline', 'file');
  expect(calling.flatMap((block) => callsIn(block.text)).length).toBeGreaterThan(100);
  expect(calling.flatMap(misunderstood)).toEqual([]);
});

test('a file that is shown is used by the commands of its page', () => {
  expect(
    of('file')
      .filter(({ page }) => !isRun(page) && !(page in ELSEWHERE))
      .map(idOf),
  ).toEqual([]);
});

test('no command hides in a block that is only read', () => {
  expect(
    of('text')
      .filter(({ text }) => /^\s*(\$ |slipway |curl |git )/m.test(text))
      .map(idOf),
  ).toEqual([]);
  for (const { text } of of('json')) expect(JSON.parse(text)).toBeTypeOf('object');
  for (const { text } of of('pipeline'))
    for (const each of parseAllDocuments(text)) expect(each.errors).toEqual([]);
});

test('the programs of this checkout that pages name are there, and can be run', () => {
  const programs = of('checkout').flatMap(({ text }) =>
    text.split('\n').map((line) => line.split(' ')[0] ?? ''),
  );
  for (const program of programs.filter(Boolean)) fs.accessSync(path.join(ROOT, program), fs.constants.X_OK);
});

test('the commands of pages that need another world are run by the test that reads them', () => {
  for (const [page, reader] of Object.entries(ELSEWHERE))
    expect(fs.readFileSync(path.join(ROOT, reader), 'utf8'), reader).toContain(page);
});

test('the program that reads a block takes it: our own, web servers, systemd, PHP, Erlang', async () => {
  const known = Object.entries(CHECKS).flatMap(([name, lines]) =>
    of(name as BlockClass).map((block) => ({ block, lines })),
  );
  const ours = of('configuration').map((block) => ({ block, lines: configCheck(block) }));
  fs.writeFileSync(path.join(host.machine.shared, 'check'), checkScript([...known, ...ours]));
  expect(await host.machine.run('bash /srv/check')).toBe('');
});

test.each(inOrder)('the commands of %s do what they say', async (page) => {
  const own = runs.get(page) ?? [];
  expect(differences(own, await host.run(page, own))).toEqual([]);
});
