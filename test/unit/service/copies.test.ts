import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ReleaseRow } from '../../../src/journal/index.ts';
import { serviceLayout } from '../../../src/release/index.ts';
import type { ServiceContext } from '../../../src/service/context.ts';
import {
  homeOf,
  isLinkedFrom,
  markChanged,
  runDirectory,
  sweepMarks,
  takeAwayCopy,
} from '../../../src/service/copies.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const RELEASE = { number: 4, version: '0.1.1' } as ReleaseRow;

function ground(runtime: 'elixir' | 'command' = 'elixir') {
  const layout = serviceLayout(temporaryFolder(), 'shop');
  const context = { layout, configuration: { runtime } } as ServiceContext;
  const place = layout.instance(1);
  const usual = place.releaseDirectory(4, '0.1.1');
  const directoryFor = (livingRun: string | null) =>
    runDirectory(context, RELEASE, { unit: '1', livingRuns: livingRun === null ? [] : [livingRun] });
  const make = (copy: string) => fs.mkdirSync(path.join(copy, 'lib'), { recursive: true });
  return { layout, place, usual, other: `${usual}~2`, directoryFor, make };
}

test('an instance runs in its own copy, a command in the pristine tree', () => {
  expect(ground().directoryFor(null)).toMatch(/\/1\/release\/deployment_4\.0\.1\.1$/);
  expect(ground('command').directoryFor(null)).toMatch(/shop\/release\/deployment_4\.0\.1\.1$/);
});

test('while a VM lives in the copy that it has changed, the release is booted from another one', () => {
  const { usual, other, directoryFor, make } = ground();
  make(usual);
  markChanged(usual, 'shop.1.4.0.a');
  expect(homeOf(usual)).toBe('shop.1.4.0.a');
  expect(directoryFor('shop.1.4.0.a')).toBe(other);
  make(other);
  expect(directoryFor('shop.1.4.0.a')).toBe(other);
  // What is there as it was unpacked is booted at once, also when the VM is gone.
  expect(directoryFor(null)).toBe(other);
});

test('the copy that a VM has changed is made anew in its place once the VM is gone', async () => {
  const { usual, directoryFor, make } = ground();
  make(usual);
  markChanged(usual, 'shop.1.4.0.a');
  expect(directoryFor('shop.1.4.0.b')).toBe(usual);
  expect(directoryFor(null)).toBe(usual);
  await takeAwayCopy(usual)();
  expect([fs.existsSync(usual), homeOf(usual)]).toEqual([false, null]);
});

test('a mark outlives its copy until it is swept, never the other way round', () => {
  const { place, usual, other, make } = ground();
  make(usual);
  for (const copy of [usual, other]) markChanged(copy, 'shop.1.4.0.a');
  sweepMarks(place);
  expect([homeOf(usual), homeOf(other)]).toEqual(['shop.1.4.0.a', null]);
});

test('a link points to one of two copies of the same release', () => {
  const { place, usual, other, make } = ground();
  make(usual);
  fs.symlinkSync(path.relative(place.root, other), place.current);
  expect([isLinkedFrom(place, other), isLinkedFrom(place, usual)]).toEqual([true, false]);
});
