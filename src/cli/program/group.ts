import type { Argument, Command, Option } from 'commander';
import type { Verb } from '../verb.ts';
import { examples, FOLLOWED } from './help.ts';
import { timeout } from './parameters.ts';

/** Makes what commander calls of what a verb does. */
export type Bind = (verb: Verb) => (...params: unknown[]) => Promise<void>;

/** Verbs under one heading. */
export interface Group {
  title: string;
  verbs: VerbEntry[];
}

export interface VerbEntry {
  name: string;
  /** It stands in the list of verbs. */
  summary: string;
  /** It stands in the verb's own help; the summary where it is not given. */
  description?: string;
  arguments?: Argument[];
  options?: Option[];
  examples?: string[];
  /** Whether it follows a deployment to its end, and has its exit status. */
  follows?: boolean;
  run: Verb;
}

/** A word that only stands before others: `config check`. */
export interface FamilyEntry {
  name: string;
  summary: string;
  description: string;
  verbs: VerbEntry[];
}

export function addGroup(program: Command, { title, verbs }: Group, bind: Bind): void {
  program.commandsGroup(title);
  for (const entry of verbs) addVerb(program, entry, bind);
}

export function addFamily(program: Command, entry: FamilyEntry, bind: Bind): void {
  const { name, summary, description, verbs } = entry;
  const family = program.command(name).summary(summary).description(description).helpCommand(false);
  for (const verb of verbs) addVerb(family, verb, bind);
}

const entries = new WeakMap<Command, VerbEntry>();

/** What a verb was made of; undefined for a family, and for `help`. */
export function entryOf(command: Command): VerbEntry | undefined {
  return entries.get(command);
}

function addVerb(parent: Command, entry: VerbEntry, bind: Bind): void {
  const command = parent.command(entry.name).summary(entry.summary);
  entries.set(command, entry);
  command.description(
    entry.description ?? `${entry.summary.charAt(0).toUpperCase()}${entry.summary.slice(1)}.`,
  );
  for (const argument of entry.arguments ?? []) command.addArgument(argument);
  for (const option of entry.options ?? []) command.addOption(option);
  if (entry.follows) command.addOption(timeout());
  const after = [
    ...(entry.examples ? [examples(...entry.examples)] : []),
    ...(entry.follows ? [FOLLOWED] : []),
  ];
  if (after.length > 0) command.addHelpText('after', after.join(''));
  command.action(bind(entry.run));
}
