import Table from 'cli-table3';
import type { Colors } from './channel.ts';

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Columns under headings, without borders; each as wide as what is in it. */
export function table(options: {
  head: string[];
  rows: string[][];
  colors: Colors;
  right?: number[];
}): string {
  const { head, rows, colors, right = [] } = options;
  const cells = new Table({
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: head.map((_, column) => (right.includes(column) ? 'right' : 'left')),
  });
  cells.push(
    head.map((name) => colors.dim(name)),
    ...rows,
  );
  return cells
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
