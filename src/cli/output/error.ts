import { messageOf, SlipwayError, safeJson } from '../../kernel/index.ts';
import type { Channel } from './channel.ts';
import type { Output } from './output.ts';
import { width, wrap } from './text.ts';

/**
 * Tells a person what failed and what to do, on stderr; with `--json` the same as `{error: {code, message, hint, next}}` on
 * stdout. Returns the exit status.
 */
export function printError(output: Output, thrown: unknown): number {
  const error =
    thrown instanceof SlipwayError ? thrown : new SlipwayError('failed', { message: messageOf(thrown) });
  const { code, message, hint, next } = error;
  const { write, colors } = output.err;
  const lines = (text: string) => broken(text, output.err);
  // A person who interrupts knows; that is no error.
  const title = code === 'interrupted' ? '' : `${colors.red('error')}: `;
  write(`${lines(`${title}${message}`)}\n`);
  if (hint !== null) write(`${lines(`  ${colors.dim('hint:')} ${hint}`)}\n`);
  if (next !== null) write(`  ${colors.dim('next:')} ${colors.bold(next)}\n`);
  if (output.json) output.out.write(`${safeJson({ error: { code, message, hint, next } }, 2)}\n`);
  return error.exitStatus;
}

/** On a terminal words are not torn. What is to be typed (`next`) is never broken: it is copied. */
function broken(text: string, { isTerminal, columns }: Channel): string {
  if (!isTerminal) return text;
  return text
    .split('\n')
    .map((line) => {
      if (width(line) <= columns()) return line;
      const [indent = ''] = /^ */.exec(line) ?? [];
      const lines = wrap(line.trimStart(), { columns: columns() - indent.length - 2, indent: '' });
      return indent + lines.replaceAll('\n', `\n${indent}  `);
    })
    .join('\n');
}
