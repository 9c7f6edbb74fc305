import { type Argument, Command, Help, Option } from 'commander';
import type { RunAgent } from '../verb.ts';
import { accessGroup, tokenFamily, userFamily } from './access.ts';
import { deployGroup } from './deploy.ts';
import { addFamily, addGroup, type Bind } from './group.ts';
import { FIRST_STEPS } from './help.ts';
import { instancesGroup } from './instances.ts';
import { lookGroup } from './look.ts';
import { backupGroup, importFamily } from './moving.ts';
import { keysFamily, publishGroup } from './publish.ts';
import { certsFamily, configFamily, setUpGroup } from './set-up.ts';
import { sitesGroup } from './sites.ts';

export type { Bind };

/**
 * The verbs with their arguments, options and help: what is parsed, what `--help` shows, and what completion offers.
 */
export function createProgram(options: { version: string; bind: Bind; runAgent: RunAgent }): Command {
  const { version, bind, runAgent } = options;
  const program = new Command('slipway')
    .description('Makes releases live on this host and keeps them running.')
    .usage('<verb> [options]')
    .version(version, '-V, --version', 'print the version')
    .enablePositionalOptions()
    .configureHelp({
      // The first screen is for the verbs.
      visibleOptions(command) {
        return command.parent === null ? [] : Help.prototype.visibleOptions.call(this, command);
      },
      subcommandTerm: (command) =>
        [command.name(), ...command.registeredArguments.filter(isTold).map(argumentTerm)].join(' '),
      // The name of such an argument tells its choices already.
      argumentDescription(argument) {
        return argument.name().includes('|')
          ? argument.description
          : Help.prototype.argumentDescription.call(this, argument);
      },
    })
    .addHelpText('after', FIRST_STEPS);
  for (const group of [lookGroup, deployGroup, sitesGroup, instancesGroup, accessGroup])
    addGroup(program, group, bind);
  addFamily(program, userFamily, bind);
  addFamily(program, tokenFamily, bind);
  addGroup(program, publishGroup, bind);
  addFamily(program, keysFamily, bind);
  addGroup(program, setUpGroup(program, runAgent), bind);
  addFamily(program, configFamily, bind);
  addFamily(program, certsFamily, bind);
  addGroup(program, backupGroup, bind);
  addFamily(program, importFamily, bind);
  program.helpCommand('help [verb]', 'more about a verb');
  const { options: common, help } = commonOptions();
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ]) {
    for (const option of common) command.addOption(option);
    command.addHelpOption(help);
  }
  return program;
}

const COMMON = 'Common options:';

/** The same for all verbs: to read what they are written as takes longer than all else that the verbs are made of. */
function commonOptions(): { options: Option[]; help: Option } {
  const options = [
    new Option('--config <file>', 'configuration file (the agent is found by its "data")'),
    new Option(
      '--socket <path>',
      'socket of the agent (default: SLIPWAY_SOCKET, else <data>/slipway.sock, or that of your group)',
    ),
    new Option('--url <address>', 'address of an agent elsewhere, https://... (default: SLIPWAY_URL)'),
    new Option('--token-file <file>', 'file with the API token for --url (default: SLIPWAY_TOKEN_FILE)'),
    new Option('--ca <file>', 'certificate, PEM, that the one at --url may be signed by'),
    new Option('--json', 'print data as JSON'),
  ];
  return {
    options: options.map((option) => option.helpGroup(COMMON)),
    help: new Option('-h, --help', 'show this help').helpGroup(COMMON),
  };
}

/** Whether the list of verbs names an argument: it names what a verb is about, and what it needs. */
function isTold(argument: Argument, position: number): boolean {
  return position === 0 || (argument.required && !argument.name().includes('|'));
}

function argumentTerm(argument: Argument): string {
  const name = argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
}
