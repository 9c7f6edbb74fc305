import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultLimits } from '../../../src/release/limits.ts';
import { Refusal } from '../../../src/release/refusal.ts';
import { TarReader } from '../../../src/release/tar-reader.ts';
import { Tree } from '../../../src/release/tree.ts';
import { type TarFields, tarArchive } from '../../fixtures/tar-writer.ts';
import { treeLines, treePaths } from '../../support/tree.ts';
import { Ground } from './ground.ts';

/** Few names, so that entries meet each other: links named like folders, files behind links, loops. */
const segment = fc.constantFrom('a', 'b', 'c', '..', '.', '', 'outside', 'sentinel');
const hostilePath = fc
  .tuple(fc.constantFrom('', '', '', '/', './', '../'), fc.array(segment, { minLength: 1, maxLength: 5 }))
  .map(([start, segments]) => `${start}${segments.join('/')}`);
const entry: fc.Arbitrary<TarFields> = fc.oneof(
  fc.record({ path: hostilePath, body: fc.constant('from the archive') }),
  fc.record({ path: hostilePath, type: fc.constant('5') }),
  fc.record({ path: hostilePath, type: fc.constant('2'), target: hostilePath }),
  fc.record({ path: hostilePath, type: fc.constant('1'), target: hostilePath }),
  fc.record({ path: fc.string({ unit: 'binary', maxLength: 20 }), body: fc.constant('x') }),
);
/** Links that climb, descend and climb again, often through each other: those that are let through are the interesting ones. */
const few = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3 });
const climb = (maxLength: number) => fc.array(fc.constant('..'), { maxLength });
const climbingLink: fc.Arbitrary<TarFields> = fc.record({
  path: few.map((segments) => segments.join('/')),
  type: fc.constant('2'),
  target: fc.tuple(climb(2), few, climb(2)).map((parts) => parts.flat().join('/')),
});
const upLink: fc.Arbitrary<TarFields> = fc.record({
  path: few.map((segments) => segments.join('/')),
  type: fc.constant('2'),
  target: fc.constantFrom('.', '..', '../..'),
});
const links = fc.array(fc.oneof(climbingLink, upLink), { minLength: 2, maxLength: 3 });
const insidePath = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 4 })
  .map((segments) => segments.join('/'));

test('whatever an archive says, nothing outside is changed, then or through its links later', () => {
  const ground = new Ground();
  const before = outside(ground);
  const absolute: fc.Arbitrary<TarFields> = fc.record({
    path: few.map((segments) => segments.join('/')),
    type: fc.constantFrom('1', '2'),
    target: fc.constantFrom(ground.sentinel, path.dirname(ground.sentinel)),
  });
  let unpacked = 0;
  fc.assert(
    fc.property(
      fc.oneof(fc.array(fc.oneof({ weight: 5, arbitrary: entry }, absolute), { maxLength: 6 }), links),
      (entries) => {
        fs.rmSync(ground.into, { recursive: true, force: true });
        if (unpackAll(ground.into, entries)) {
          unpacked += 1;
          writeThroughLinks(ground.into);
        }
        expect(outside(ground)).toEqual(before);
      },
    ),
    { numRuns: 3000 },
  );
  // Else it would show nothing.
  expect(unpacked).toBeGreaterThan(50);
});

test('files at paths of their own all arrive, in whatever folders they are', () => {
  const ground = new Ground();
  // No file has the name of a folder.
  const files = fc.dictionary(
    insidePath.map((name) => `${name}.txt`),
    fc.string({ unit: 'binary-ascii' }),
    { minKeys: 1 },
  );
  fc.assert(
    fc.property(files, (contents) => {
      fs.rmSync(ground.into, { recursive: true, force: true });
      const entries = Object.entries(contents).map(([name, body]) => ({ path: `./${name}`, body }));
      expect(unpackAll(ground.into, entries)).toBe(true);
      for (const [name, body] of Object.entries(contents))
        expect(fs.readFileSync(path.join(ground.into, name), 'utf8')).toBe(body);
    }),
    { numRuns: 100 },
  );
});

function unpackAll(into: string, entries: TarFields[]): boolean {
  try {
    const tree = new Tree(into, { limits: defaultLimits, owner: null });
    const reader = new TarReader(tree);
    reader.write(tarArchive(...entries));
    reader.end();
    tree.finish();
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

/** What an app might do later: write to every link, and into the folder that it points to. */
function writeThroughLinks(into: string): void {
  for (const name of treePaths(into)) {
    const file = path.join(into, name);
    if (!fs.lstatSync(file).isSymbolicLink()) continue;
    for (const target of [file, path.join(file, 'escaped')]) {
      try {
        fs.writeFileSync(target, 'through a link');
      } catch {
        // A directory, a loop, or a folder that is missing.
      }
    }
  }
}

function outside(ground: Ground): string[] {
  const inside = `${path.relative(ground.folder, ground.into)}`;
  return treeLines(ground.folder)
    .filter((line) => !line.startsWith(inside))
    .map((line) => line.replace(/ directory (\d+) \d+$/, ' directory $1'));
}
