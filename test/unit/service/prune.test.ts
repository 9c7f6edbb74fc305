import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Journal } from '../../../src/journal/index.ts';
import { uniqueName } from '../../../src/kernel/index.ts';
import { serviceLayout } from '../../../src/release/index.ts';
import type { ServiceContext } from '../../../src/service/context.ts';
import { pruneReleases } from '../../../src/service/retention.ts';
import { temporaryFolder } from '../../support/temporary.ts';

test('while retention frees the disk, what a deployment makes meanwhile is left alone', async () => {
  const folder = temporaryFolder();
  const journal = Journal.open(folder);
  onTestFinished(() => journal.close());
  const layout = serviceLayout(path.join(folder, 'service'), 'shop');
  const context = {
    ...{ key: { name: 'shop', environment: 'production' }, id: 'shop', journal, layout },
    configuration: { runtime: 'elixir', replicas: 2, keep: 5, maxAgeMs: null, minFreeBytes: null },
    ...{ clock: { now: () => 0 }, log: () => undefined, tell: () => undefined },
  } as unknown as ServiceContext;
  const trees = [
    layout.releaseDirectory(7, '1.0.0'),
    ...[1, 2].map((instance) => layout.instance(instance).releaseDirectory(7, '1.0.0')),
  ];
  const make = () => {
    for (const tree of trees) fs.mkdirSync(path.join(tree, 'lib'), { recursive: true });
  };
  const whichAreThere = () => trees.filter((tree) => fs.existsSync(tree));
  make();
  // Of an agent that was killed while it freed the disk.
  for (const tree of trees) fs.mkdirSync(uniqueName(tree));

  const pruned = pruneReleases(context, {
    ...{ inUse: [], freeBytes: 0, livingRuns: () => [], hasConsole: () => false },
  });
  expect(whichAreThere()).toEqual([]);
  make();
  await pruned;
  expect(whichAreThere()).toEqual(trees);
  for (const tree of trees) expect(fs.readdirSync(path.dirname(tree))).toEqual([path.basename(tree)]);
});
