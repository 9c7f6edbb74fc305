import { messageOf, SlipwayError, safeJson } from '../../kernel/index.ts';
import type { Output } from './output.ts';

/**
 * Tells a person what failed and what to do, on stderr; with `--json` the same as `{error: {code, message, hint, next}}` on
 * stdout. Returns the exit status.
 */
export function printError(output: Output, thrown: unknown): number {
  const error =
    thrown instanceof SlipwayError ? thrown : new SlipwayError('failed', { message: messageOf(thrown) });
  const { code, message, hint, next } = error;
  const { write, colors } = output.err;
  // A person who interrupts knows; that is no error.
  const title = code === 'interrupted' ? '' : `${colors.red('error')}: `;
  write(`${title}${message}\n`);
  if (hint !== null) write(`  ${colors.dim('hint:')} ${hint}\n`);
  if (next !== null) write(`  ${colors.dim('next:')} ${colors.bold(next)}\n`);
  if (output.json) output.out.write(`${safeJson({ error: { code, message, hint, next } }, 2)}\n`);
  return error.exitStatus;
}
