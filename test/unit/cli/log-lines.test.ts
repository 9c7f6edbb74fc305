import colors from 'picocolors';
import { expect, test } from 'vitest';
import type { LogLine } from '../../../src/api/index.ts';
import type { Channel } from '../../../src/cli/output/index.ts';
import { RawLines, ShownLines } from '../../../src/cli/view/index.ts';
import { visible } from '../../../src/kernel/index.ts';
import { logLine } from '../../fixtures/api-states.ts';

function lineOf(line: string, part?: LogLine['part'], instance = 'web/1'): LogLine {
  return logLine(line, { instance, ...(part === undefined ? {} : { part }) });
}

function channel() {
  let text = '';
  const made: Channel = {
    write: (written) => void (text += visible(written, { colours: true })),
    raw: (written) => void (text += written),
    drained: async () => undefined,
    flushed: async () => undefined,
    colors: colors.createColors(false),
    live: true,
    isTerminal: true,
    columns: () => 80,
    rows: () => 24,
  };
  return { channel: made, text: () => text };
}

const LINES = [
  lineOf('a\x1b]52;c;eA==\x07'),
  lineOf('b1', 'first'),
  lineOf('b2', 'middle'),
  lineOf('b3', 'last'),
  lineOf('c1', 'first'),
  lineOf('other', undefined, 'web/2'),
  lineOf('c2', 'last'),
  lineOf('\x1b[31mred'),
];

test('for a file the lines are what the app wrote, their pieces joined', () => {
  const { channel: out, text } = channel();
  const lines = new RawLines(out);
  for (const line of LINES) lines.print(line, '');
  expect(text()).toBe('a\x1b]52;c;eA==\x07\nb1b2b3\nc1\nother\nc2\n\x1b[31mred\n');
});

test('for a person controls are written out, colours end with the line, and pieces are marked', () => {
  const { channel: out, text } = channel();
  const lines = new ShownLines(out);
  for (const line of LINES) lines.print(line, '> ');
  expect(text().split('\n')).toEqual([
    '> a\\x1b]52;c;eA==\\x07\x1b[0m',
    '> b1 ... (the line goes on)',
    '> ... b2 ... (the line goes on)',
    '> ... b3',
    '> c1 ... (the line goes on)',
    '> other',
    '> ... c2',
    '> \x1b[31mred\x1b[0m',
    '',
  ]);
});
