import type { Command, Option } from 'commander';

/** A verb as completion sees it. */
export interface VerbTree {
  name: string;
  summary: string;
  /** Long and short flags. */
  flags: Flag[];
  /** What stands after it: the id of an app, one of some words, or nothing that can be known. */
  argument: 'app' | 'words' | null;
  words: { name: string; summary: string }[];
}

export interface Flag {
  names: string[];
  summary: string;
  /** Whether a value follows, and whether it is the name of a file. */
  value: 'none' | 'file' | 'text';
}

/** What completion offers, read from the program itself, so that the two cannot differ. */
export function verbTrees(program: Command): VerbTree[] {
  return program.commands.map((command) => {
    const [first] = command.registeredArguments;
    const words = [
      ...command.commands.map((each) => ({ name: each.name(), summary: each.summary() })),
      ...(first?.argChoices ?? []).map((name) => ({ name, summary: '' })),
    ];
    const takesApp = first !== undefined && /^app\b/.test(first.name());
    return {
      name: command.name(),
      summary: command.summary() || command.description(),
      flags: command.options.filter((option) => !option.hidden).map(flagOf),
      argument: takesApp ? 'app' : words.length > 0 ? 'words' : null,
      words,
    };
  });
}

function flagOf(option: Option): Flag {
  const names = [option.short, option.long].filter((name) => name !== undefined && name !== null);
  const value = !option.required ? 'none' : /^--(config|socket)$/.test(option.long ?? '') ? 'file' : 'text';
  return { names, summary: option.description, value };
}
