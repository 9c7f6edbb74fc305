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

/** Cut to a width in columns, where every character is taken for one column wide. */
export function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}

/** Broken into lines of at most `columns`, each with `indent` before it. */
export function wrap(text: string, options: { columns: number; indent: string }): string {
  const { columns, indent } = options;
  const width = Math.max(20, columns - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
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
