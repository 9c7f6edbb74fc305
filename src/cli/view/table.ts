import { type Colors, width } from '../output/index.ts';

const GAP = '  ';

/**
 * Columns under headings, without borders, each as wide as what is in it; `right` names those that hold numbers.
 */
export function table(options: {
  head: string[];
  rows: string[][];
  colors: Colors;
  right: number[];
}): string {
  const { head, rows, colors, right } = options;
  const all = [head.map((name) => colors.dim(name)), ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ''))));
  return all
    .map((row) => {
      const cells = row.map((cell, column) => {
        const padding = ' '.repeat((widths[column] ?? 0) - width(cell));
        return right.includes(column) ? padding + cell : cell + padding;
      });
      return cells.join(GAP).trimEnd();
    })
    .join('\n');
}

/** Each line two columns to the right. */
export function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
