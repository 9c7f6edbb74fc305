import { CommanderError } from 'commander';
import { createProgram } from '../../../src/cli/program/index.ts';
import { splitCommand } from '../../../src/kernel/index.ts';
import type { Block } from './blocks.ts';

/**
 * The calls of `slipway` in a block that the command line does not understand: an unknown verb or option, an argument too
 * many, a value of the wrong form. They are only parsed.
 */
export function misunderstood(block: Block): string[] {
  return callsIn(block.text).flatMap((call) => {
    const split = splitCommand(call.replace(/\$[\w{][\w.}]*|\$\{\{[^}]*\}\}/g, '1'));
    if ('problem' in split) return [`${call}: ${split.problem}`];
    const problem = parse(split.argv.slice(1));
    return problem === null ? [] : [`${block.page}:${block.line}: ${call}: ${problem}`];
  });
}

/** Command lines that begin with `slipway`, without what they are redirected to or piped into. */
export function callsIn(text: string): string[] {
  const joined = text.replaceAll('\\\n', ' ');
  return joined.split('\n').flatMap((line) =>
    line
      .replace(/'[^']*'|"[^"]*"/g, (quoted) => quoted.replaceAll(/[|&;#<>()]/g, '_'))
      .replace(/(^|\s)#.*$/, '')
      .split(/\||&&|;|\$\(|\)/)
      .map((part) =>
        part
          .replace(/^[\s$>-]*(run: |sudo )?(\w+=\S+ )*/, '')
          .replace(/[<>].*$/, '')
          .trim(),
      )
      .filter((part) => /^([\w./-]*\/)?slipway /.test(part)),
  );
}

function parse(argv: string[]): string | null {
  const program = createProgram({ version: '0', bind: () => async () => {}, runAgent: async () => {} });
  const all = [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)];
  for (const command of all)
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  try {
    program.parse(argv, { from: 'user' });
    return null;
  } catch (error) {
    return error instanceof CommanderError && error.exitCode === 0 ? null : String(error);
  }
}
