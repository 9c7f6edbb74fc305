import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { visible } from '../../kernel/index.ts';

/** What an app or a source wrote, made safe to show within a layout: no colours, no lines, and controls written out. */
export function plain(text: string): string {
  return visible(
    text
      .replace(/\x1b\[[\d;:]{0,40}m/g, '')
      .replace(/\t/g, '  ')
      .replace(/\r?\n/g, ' '),
  );
}

/** Columns of a terminal: some characters have two, or none. Colours have none. */
export function width(text: string): number {
  const shown = stripVTControlCharacters(text);
  // To know of others takes a while to load.
  return /^[ -~]*$/.test(shown) ? shown.length : stringWidth(shown);
}

/** Cut to a width in columns. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let [kept, left] = ['', columns - 1];
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    left -= width(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Broken into lines of at most `columns`, each with `indent` before it. */
export function wrap(text: string, options: { columns: number; indent: string }): string {
  const { columns, indent } = options;
  const most = Math.max(20, columns - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && width(`${line} ${word}`) > most) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => indent + each).join('\n');
}

/** `3 releases`, `1 release`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
