import pico from 'picocolors';
import { expect, test } from 'vitest';
import { cut, width, wrap } from '../../../src/cli/output/index.ts';
import { table } from '../../../src/cli/view/table.ts';

const colors = pico.createColors(true);

test.each([
  ['shop', 4],
  [colors.red('shop'), 4],
  ['✔ é', 3],
  ['é', 1],
  ['店舗', 4],
  ['👩‍🚀', 2],
])('%j is as wide as a terminal shows it', (text, columns) => {
  expect(width(text)).toBe(columns);
});

test.each([
  ['shop', 4, 'shop'],
  ['shops', 4, 'sho…'],
  ['店舗', 4, '店舗'],
  ['店舗店', 4, '店…'],
  ['👩‍🚀👩‍🚀', 3, '👩‍🚀…'],
])('%s in %i columns: %s', (text, columns, shown) => {
  expect(cut(text, columns)).toBe(shown);
});

test('lines are broken by columns', () => {
  const text = Array(6).fill('店舗店舗').join(' ');
  expect(wrap(text, { columns: 20, indent: ' ' }).split('\n').map(width)).toEqual([18, 18, 18]);
});

test('columns of a table stand below one another', () => {
  const rows = [
    ['店', '1'],
    [colors.dim('shop'), '22'],
  ];
  const lines = table({ head: ['APP', 'N'], rows, colors: pico.createColors(false), right: [1] }).split('\n');
  expect(lines).toEqual(['APP    N', '店     1', `${rows[1]?.[0]}  22`]);
});
