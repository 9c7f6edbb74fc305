import type { Command } from 'commander';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { verbTrees } from './tree.ts';
import { zshScript } from './zsh.ts';

export type { Offer } from './tree.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

export type Shell = keyof typeof SCRIPTS;

/** The completion script of a shell for a program's verbs. */
export function completionScript(shell: Shell, program: Command): string {
  return SCRIPTS[shell](verbTrees(program));
}
