import type { Command, Option } from 'commander';
import { createProgram, entryOf } from '../../src/cli/program/index.ts';

/** A verb as its users see it: what docs/verbs.md and the manual page are made of. */
export interface VerbDescription {
  /** `deploy`, `config check` */
  name: string;
  /** The heading below which `slipway --help` lists it, without the colon. */
  group: string;
  /** `slipway deploy <app> [options]` */
  usage: string;
  /** A few words, without a full stop. */
  summary: string;
  /** Whole sentences. */
  description: string;
  arguments: Term[];
  /** Those that all verbs have are left out. */
  options: Term[];
  /** Command lines. */
  examples: string[];
  /** Whether it follows a deployment to its end, and has its exit status. */
  follows: boolean;
}

export interface Term {
  /** `<app>`, `-n, --lines <number>` */
  term: string;
  about: string;
}

export interface ProgramDescription {
  verbs: VerbDescription[];
  /** Options that stand before or after any verb. */
  common: Term[];
}

/** Read from the program itself, so that the two cannot differ. */
export function describeProgram(): ProgramDescription {
  const program = createProgram({ version: '', bind: () => async () => {}, runAgent: async () => {} });
  const verbs = program.commands.flatMap((command) => {
    const group = command.helpGroup().replace(/:$/, '');
    return command.commands.length > 0
      ? command.commands.map((inner) =>
          describeVerb(inner, { name: `${command.name()} ${inner.name()}`, group }),
        )
      : entryOf(command) === undefined
        ? []
        : [describeVerb(command, { name: command.name(), group })];
  });
  return { verbs, common: program.options.filter(isCommon).map(termOf) };
}

function describeVerb(command: Command, place: { name: string; group: string }): VerbDescription {
  const entry = entryOf(command);
  const options = command.options.filter((option) => !option.hidden && !isCommon(option));
  const terms = command.registeredArguments.map((argument) => ({
    term: argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
    about: argument.description || (argument.argChoices ?? []).join(', '),
  }));
  return {
    ...place,
    usage: [
      'slipway',
      place.name,
      ...terms.map(({ term }) => term),
      ...(options.length > 0 ? ['[options]'] : []),
    ].join(' '),
    summary: command.summary(),
    description: command.description(),
    arguments: terms,
    options: options.map(termOf),
    examples: entry?.examples ?? [],
    follows: entry?.follows ?? false,
  };
}

function isCommon(option: Option): boolean {
  return option.helpGroupHeading === 'Common options:';
}

function termOf({ flags, description, argChoices }: Option): Term {
  const choices = argChoices ? ` (${argChoices.join(', ')})` : '';
  return { term: flags, about: `${description}${choices}` };
}
