import { type Command, CommanderError } from 'commander';
import { nearest, SlipwayError } from '../kernel/index.ts';
import type { GlobalOptions } from './globals.ts';
import { createOutput, type Output, printError } from './output/index.ts';
import { createProgram } from './program/index.ts';
import { createSession } from './session.ts';
import type { RunAgent } from './verb.ts';

export interface CliOptions {
  /** What follows the program's name. */
  argv: string[];
  env: NodeJS.ProcessEnv;
  version: string;
  runAgent: RunAgent;
}

/** Runs one verb. Resolves to the exit status; what failed has been told by then. */
export async function runCli(options: CliOptions): Promise<number> {
  const { argv, env } = options;
  const output = createOutput({ json: argv.includes('--json'), env });
  const status = await runVerb(options, output);
  // Pipes take what they are given later; to exit before that would cut it off.
  await Promise.all([output.out.flushed(), output.err.flushed()]);
  return status;
}

async function runVerb({ argv, env, version, runAgent }: CliOptions, output: Output): Promise<number> {
  let status = 0;
  const program = createProgram({
    version,
    runAgent,
    bind:
      (verb) =>
      async (...params) => {
        const command = params.pop() as Command;
        const session = createSession({ globals: globalsOf(command), output, env });
        status = (await verb(session, ...(params as never[]))) ?? 0;
      },
  });
  for (const command of commandsOf(program)) useOwnErrors(command);
  try {
    refuseHelpForNone(program, argv);
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync(argv, { from: 'user' });
    return status;
  } catch (error) {
    return endOf(error, output, argv);
  }
}

/** Of a verb that there is none of, commander would show the help of all. */
function refuseHelpForNone(program: Command, argv: readonly string[]): void {
  const [first, verb] = argv.filter((word) => !word.startsWith('-'));
  const known = [...program.commands.map((command) => command.name()), 'help'];
  if (first !== 'help' || verb === undefined || known.includes(verb)) return;
  const near = nearest(verb, known);
  throw new SlipwayError('usage', {
    message: `unknown command '${verb}'`,
    ...(near !== null && { hint: `Did you mean ${near}?` }),
    next: 'slipway --help',
  });
}

/** Global options stand before or after the verb. */
function globalsOf(command: Command): GlobalOptions {
  const above = command.parent === null ? {} : globalsOf(command.parent);
  const { config, socket, url, tokenFile, ca, json } = command.opts<GlobalOptions>();
  const given = Object.entries({ config, socket, url, tokenFile, ca, json }).filter(([, value]) => value);
  return { ...above, ...Object.fromEntries(given) };
}

/** Usage errors are told in the form of all errors, with the help of the verb as the next command. */
function useOwnErrors(command: Command): void {
  command.configureOutput({ outputError: () => {} });
  command.exitOverride((error) => {
    if (error.exitCode === 0 || error.code === 'commander.help') throw error;
    const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
    const takesCommand = command.registeredArguments.some((argument) => argument.name() === 'command');
    const hint = takesCommand
      ? 'what is for the command stands after --'
      : suggestion?.replace(/^\((.*)\)$/, '$1');
    throw new SlipwayError('usage', {
      message,
      ...(hint ? { hint } : {}),
      next: `${fullName(command)} --help`,
    });
  });
}

function endOf(error: unknown, output: Output, argv: readonly string[]): number {
  if (!(error instanceof CommanderError)) return printError(output, error, argv);
  return error.exitCode === 0 ? 0 : 2; // help was asked for, or shown in place of a missing verb
}

function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}
