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

/** What can stand in a place: some words, what the agent knows, a file or a folder, or nothing that can be known. */
export type Place =
  | { kind: 'words'; words: { name: string; summary: string }[] }
  | { kind: 'asked'; offer: Offer }
  | { kind: 'file' }
  | { kind: 'folder' }
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

const PATHS = new Map<string, 'file' | 'folder'>([
  ['file', 'file'],
  ['path', 'file'],
  ['folder', 'folder'],
]);

/** What completion offers, read from the program itself, so that the two cannot differ. */
export function verbTrees(program: Command): VerbTree[] {
  return program.commands.map((command) => {
    const { commands, registeredArguments } = command;
    return {
      name: command.name(),
      summary: command.summary() || command.description(),
      flags: optionsOf(command)
        .filter((option) => !option.hidden)
        .map(flagOf),
      places: commands.length > 0 ? placesOf(commands) : registeredArguments.map(placeOf),
      repeated: registeredArguments.at(-1)?.variadic ?? false,
    };
  });
}

/** A verb's own options and those of its commands, each once. */
function optionsOf({ options, commands }: Command): Option[] {
  const all = [...options, ...commands.flatMap((each) => each.options)];
  return [...new Map(all.map((option) => [option.long ?? option.short, option])).values()];
}

/** The commands of a verb, and then a file where one of them takes one. */
function placesOf(commands: readonly Command[]): Place[] {
  const words = commands.map((each) => ({ name: each.name(), summary: each.summary() }));
  const next = commands.flatMap((each) => each.registeredArguments.slice(0, 1).map(placeOf));
  return [{ kind: 'words', words }, ...next.filter(({ kind }) => kind === 'file').slice(0, 1)];
}

function placeOf(argument: Argument): Place {
  const offer = OFFERS.get(argument.name());
  if (offer !== undefined) return { kind: 'asked', offer };
  const kind = PATHS.get(argument.name());
  if (kind !== undefined) return { kind };
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
