import { expect, test } from 'vitest';
import { abreast } from '../../../src/app/abreast.ts';

const UNITS = ['1', '2', '3', '4'];

test('as many go together as a batch is of, and as there is room for beside each other', () => {
  const roomFor = (count: number) => (_: string, beside: number) => (beside < count ? null : 'no memory');
  expect(abreast(UNITS, { most: 3, whyNotOverlap: roomFor(9) })).toEqual(['1', '2', '3']);
  expect(abreast(UNITS, { most: 3, whyNotOverlap: roomFor(2) })).toEqual(['1', '2']);
  expect(abreast(UNITS, { most: 3, whyNotOverlap: roomFor(0) })).toEqual([]);
  // One that is down has no second process.
  const allBut2 = (unit: string) => (unit === '2' ? '' : null);
  expect(abreast(UNITS, { most: 2, whyNotOverlap: allBut2 })).toEqual(['1', '3']);
});
