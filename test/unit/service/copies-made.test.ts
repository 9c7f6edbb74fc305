import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { homeOf, markChanged } from '../../../src/service/copies.ts';
import { ensureCopy } from '../../../src/service/launch.ts';
import { perform } from '../../../src/service/steps.ts';
import { hotGround } from './ground.ts';

/** Where instance 1 runs release 2, of which there is only the pristine tree. */
function ground() {
  const step = hotGround().stepOf('roll-out', '1');
  const copy = step.context.layout.instance(1).releaseDirectory(2, '2.0.0');
  return { step, copy };
}

test('a copy that is wanted twice at once is made once', async () => {
  const { step, copy } = ground();
  const of = { unit: '1', livingRuns: [] };
  const make = () => ensureCopy(step.context, step.release, of);
  expect(await Promise.all([make(), make()])).toEqual([copy, copy]);
  expect(fs.readdirSync(path.dirname(copy))).toEqual([path.basename(copy)]);
});

test('a copy that a VM has changed which is gone is made anew before any instance is touched', async () => {
  const { step, copy } = ground();
  fs.mkdirSync(path.join(copy, 'changed'), { recursive: true });
  markChanged(copy, 'another-run');
  await perform({ ...step, planned: { name: 'copy', unit: '1', argument: null } });
  expect([homeOf(copy), fs.existsSync(path.join(copy, 'changed'))]).toEqual([null, false]);
});
