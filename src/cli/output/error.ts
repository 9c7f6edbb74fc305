import { messageOf, SlipwayError, safeJson, splitCommand } from '../../kernel/index.ts';
import type { Channel } from './channel.ts';
import type { Output } from './output.ts';
import { width, wrap } from './text.ts';

/**
 * Tells a person what failed and what to do, on stderr; with `--json` the same as `{error: {code, message, hint, next}}` on
 * stdout. Returns the exit status.
 */
export function printError(output: Output, thrown: unknown, argv: readonly string[] = []): number {
  const error =
    thrown instanceof SlipwayError ? thrown : new SlipwayError('failed', { message: messageOf(thrown) });
  const { code, message, hint } = error;
  const leadsNowhere = error.next !== null && !CUT_OFF.has(code) && isSameCommand(error.next, argv);
  const next = leadsNowhere ? null : error.next;
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

/** The command did not fail by itself: run again, it may well succeed. */
const CUT_OFF = new Set<SlipwayError['code']>(['interrupted', 'agent_unreachable']);

/** Whether `next` is what was just run, which would fail again. Where the agent and its configuration are does not matter. */
function isSameCommand(next: string, argv: readonly string[]): boolean {
  const split = splitCommand(next);
  if (!('argv' in split) || split.argv[0] !== 'slipway') return false;
  return essence(split.argv.slice(1)) === essence(argv);
}

function essence(argv: readonly string[]): string {
  const kept: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string;
    if (/^--(config|socket|url|token-file|ca)$/.test(word)) at += 1;
    else if (!/^--(json$|(config|socket|url|token-file|ca)=)/.test(word)) kept.push(word);
  }
  return JSON.stringify(kept);
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
