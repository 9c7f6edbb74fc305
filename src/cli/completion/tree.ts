import type { Argument, Command, Option } from 'commander';

/** A verb as completion sees it. */
export interface VerbTree {
  name: string;
  summary: string;
  /** Long and short flags. */
  flags: Flag[];
  /** What stands after it, place by place; the last one of a `repeated` verb any number of times. */
  places: Place[];
  repeated: boolean;
}

/** What can stand in a place: some words, what the agent knows, or nothing that can be known. */
export type Place =
  | { kind: 'words'; words: { name: string; summary: string }[] }
  | { kind: 'asked'; offer: Offer }
  | { kind: 'unknown' };

/** What `slipway completion --offer` prints, `--of` an app where it is the app's. */
export type Offer = 'apps' | 'targets' | 'entries' | 'variables' | 'secrets';

export interface Flag {
  names: string[];
  summary: string;
  /** Whether a value follows, and whether it is the name of a file. */
  value: 'none' | 'file' | 'text';
}

const OFFERS = new Map<string, Offer>([
  ['app', 'apps'],
  ['app[/i]', 'targets'],
  ['entry', 'entries'],
  ['variables', 'variables'],
  ['secrets', 'secrets'],
]);

/** What completion offers, read from the program itself, so that the two cannot differ. */
export function verbTrees(program: Command): VerbTree[] {
  return program.commands.map((command) => {
    const { commands, registeredArguments } = command;
    const inner = commands.map((each) => ({ name: each.name(), summary: each.summary() }));
    return {
      name: command.name(),
      summary: command.summary() || command.description(),
      flags: command.options.filter((option) => !option.hidden).map(flagOf),
      places: inner.length > 0 ? [{ kind: 'words', words: inner }] : registeredArguments.map(placeOf),
      repeated: registeredArguments.at(-1)?.variadic ?? false,
    };
  });
}

function placeOf(argument: Argument): Place {
  const offer = OFFERS.get(argument.name());
  if (offer !== undefined) return { kind: 'asked', offer };
  if (!argument.argChoices) return { kind: 'unknown' };
  return { kind: 'words', words: argument.argChoices.map((name) => ({ name, summary: '' })) };
}

function flagOf(option: Option): Flag {
  const names = [option.short, option.long].filter((name) => name !== undefined && name !== null);
  return { names, summary: option.description, value: valueOf(option) };
}

function valueOf({ required, flags }: Option): Flag['value'] {
  if (!required) return 'none';
  return /<(file|path)>$/.test(flags) ? 'file' : 'text';
}
