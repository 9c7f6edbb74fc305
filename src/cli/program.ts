import { Argument, Command, Help, Option } from 'commander';
import { endRunningAgent, verbs } from './commands/index.ts';
import { examples, FIRST_STEPS, FOLLOW_STATUS } from './help.ts';
import { app, deployment, instance, timeout, versionArgument } from './parameters.ts';
import { duration, lineCount, regularExpression, wholeNumber } from './parse.ts';
import type { RunAgent, Verb } from './verb.ts';

/** Makes what commander calls of what a verb does. */
export type Bind = (verb: Verb) => (...params: unknown[]) => Promise<void>;

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
        [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
    })
    .addHelpText('after', FIRST_STEPS);
  addLook(program, bind);
  addDeploy(program, bind);
  addInstances(program, bind);
  addSetUp(program, bind, runAgent);
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ])
    addCommonOptions(command);
  return program;
}

function addLook(program: Command, bind: Bind): void {
  program.commandsGroup('Look:');
  program
    .command('status')
    .summary('apps, live versions, instances')
    .description('Shows the apps, what version of each is live, and how its instances are.')
    .addArgument(app('[app]', 'only this one'))
    .option('-w, --watch', 'keep showing it as it changes')
    .addHelpText(
      'after',
      examples('slipway status', 'slipway status shop --watch', 'slipway status --json | jq .apps[].state'),
    )
    .action(bind(verbs.status));
  program
    .command('logs')
    .summary('what an app or the agent wrote')
    .description('Prints the last lines that an app, one of its instances, or the agent wrote.')
    .addArgument(instance('[app[/i]]', 'an app, or one of its instances'))
    .option('--agent', "the agent's own log")
    .option('-f, --follow', 'go on with what is written from now on')
    .option(
      '-n, --lines <number>',
      'lines from the end, or "all" (default: 100; all with --since or --grep)',
      lineCount,
    )
    .option('--stderr', 'only standard error')
    .option('--since <duration>', 'only what is younger, such as 10m or 2h', duration)
    .option('--grep <expression>', 'only lines that match a regular expression', regularExpression)
    .addHelpText(
      'after',
      examples(
        'slipway logs shop -f',
        'slipway logs shop/2 --stderr --since 10m',
        'slipway logs --agent --grep error',
      ),
    )
    .action(bind(verbs.logs));
  program
    .command('releases')
    .summary('releases on the disk')
    .description('Lists the releases of an app that are on the disk, newest first.')
    .addArgument(app('<app>'))
    .action(bind(verbs.releases));
  program
    .command('deployments')
    .summary('what was deployed, when, and how it ended')
    .description('Lists the deployments of an app, newest first.')
    .addArgument(app('<app>'))
    .action(bind(verbs.deployments));
  program
    .command('show')
    .summary('a deployment with its steps and output')
    .description('Shows a deployment with its steps, their times and their output.')
    .addArgument(deployment())
    .option('-f, --follow', 'follow it to its end')
    .addOption(timeout())
    .addHelpText('after', examples('slipway show 7', 'slipway show 7 -f') + FOLLOW_STATUS)
    .action(bind(verbs.show));
}

function addDeploy(program: Command, bind: Bind): void {
  program.commandsGroup('Deploy:');
  program
    .command('deploy')
    .summary('deploy what the source offers, or a version')
    .description(
      'Deploys what the source offers, or a version, and follows the steps to the end. A version other than the one on offer is pinned: automatic deployment waits until you unpin it.',
    )
    .addArgument(app('<app>'))
    .option('--version <version>', 'this version in place of the one on offer')
    .option('--dry-run', 'show what would be done, and do nothing')
    .option('--detach', 'do not wait for the end')
    .option('--force', 'deploy the version even if it is ghosted')
    .addOption(timeout())
    .addHelpText(
      'after',
      examples(
        'slipway deploy shop',
        'slipway deploy shop --version 1.4.2 --dry-run',
        'slipway deploy shop --version 1.4.2',
      ) + FOLLOW_STATUS,
    )
    .action(bind(verbs.deploy));
  program
    .command('rollback')
    .summary('back to the last proven release')
    .description(
      'Goes back to the last proven release before the live one, or to a release by its number, and pins it.',
    )
    .addArgument(app('<app>'))
    .option('--to <number>', 'the release to go back to, see: slipway releases <app>', wholeNumber)
    .option('--detach', 'do not wait for the end')
    .addOption(timeout())
    .addHelpText('after', examples('slipway rollback shop', 'slipway rollback shop --to 12') + FOLLOW_STATUS)
    .action(bind(verbs.rollback));
  program
    .command('cancel')
    .summary('stop a deployment; what was live stays live')
    .addArgument(deployment())
    .action(bind(verbs.cancel));
  program
    .command('pin')
    .summary('stay on a version')
    .description('Keeps automatic deployment from leaving a version.')
    .addArgument(app('<app>'))
    .addArgument(versionArgument())
    .action(bind(verbs.pin));
  program
    .command('unpin')
    .summary('let automatic deployment act again')
    .addArgument(app('<app>'))
    .action(bind(verbs.unpin));
  program
    .command('ghost')
    .summary('keep automatic deployment from a version')
    .addArgument(app('<app>'))
    .addArgument(versionArgument())
    .action(bind(verbs.ghost));
  program
    .command('unghost')
    .summary('let a version be deployed again')
    .addArgument(app('<app>'))
    .addArgument(versionArgument())
    .action(bind(verbs.unghost));
}

function addInstances(program: Command, bind: Bind): void {
  program.commandsGroup('Instances:');
  const all = 'an app, or one of its instances';
  program
    .command('restart')
    .summary('restart an app, one instance after the other')
    .description(
      'Restarts an app, one instance after the other, or one instance. Returns when all are ready.',
    )
    .addArgument(instance('<app[/i]>', all))
    .addHelpText('after', examples('slipway restart shop', 'slipway restart shop/2'))
    .action(bind(verbs.restart));
  program
    .command('stop')
    .summary('stop an app or an instance, until it is started')
    .addArgument(instance('<app[/i]>', all))
    .action(bind(verbs.stop));
  program
    .command('start')
    .summary('start what was stopped')
    .addArgument(instance('<app[/i]>', all))
    .action(bind(verbs.start));
}

function addSetUp(program: Command, bind: Bind, runAgent: RunAgent): void {
  program.commandsGroup('Set up:');
  program
    .command('agent')
    .summary('run the agent in the foreground')
    .description(
      'Runs the agent in the foreground. When it ends, the apps go on, and the next agent takes them over; with --stop-apps, the agent that runs is ended together with its apps (where none runs, one is started whose end is theirs too).',
    )
    .option('--stop-apps', 'end the agent and its apps')
    .addHelpText(
      'after',
      examples('slipway agent', 'slipway agent --config ./slipway.yaml', 'slipway agent --stop-apps'),
    )
    .action(
      bind(async (session, options: { stopApps?: boolean }) => {
        if (options.stopApps && (await endRunningAgent(session))) return;
        session.output.outlive(); // or a restart of journald would end the agent
        await runAgent({ configFile: session.configFile, stopApps: options.stopApps ?? false });
      }),
    );
  const config = program
    .command('config')
    .summary('check, show and apply the configuration')
    .helpCommand(false)
    .description('The configuration: /etc/slipway/slipway.yaml, or what --config names.');
  config
    .command('check')
    .summary('list the errors of the file, with their lines')
    .description('Reads the file and lists every error with its line. Changes nothing.')
    .action(bind(verbs.configCheck));
  config
    .command('schema')
    .summary('print the JSON Schema of the file, for editors')
    .description('Prints the JSON Schema of the file, for editors.')
    .action(bind(verbs.configSchema));
  config
    .command('show')
    .summary('print the configuration in force')
    .description('Prints the configuration in force, with every default, secrets masked.')
    .action(bind(verbs.configShow));
  config
    .command('apply')
    .summary('make the agent read its file again')
    .description('Makes the agent read its file again. Only what the changes concern is restarted.')
    .action(bind(verbs.configApply));
  program
    .command('doctor')
    .summary('what is wrong with this host, and how to mend it')
    .description(
      'Checks this host, and names the command that mends what is wrong. Ends with 1 if something fails.',
    )
    .action(bind(verbs.doctor));
  program
    .command('completion')
    .summary('completion for your shell')
    .description('Prints a script that completes verbs, options and apps.')
    .addArgument(new Argument('[shell]').choices(['bash', 'zsh', 'fish']))
    .addOption(new Option('--apps', 'print the ids of the apps').hideHelp())
    .addHelpText(
      'after',
      examples(
        'slipway completion bash > /etc/bash_completion.d/slipway',
        'slipway completion zsh > "${fpath[1]}/_slipway"',
        'slipway completion fish > ~/.config/fish/completions/slipway.fish',
      ),
    )
    .action(bind(verbs.completion));
  program.helpCommand('help [verb]', 'more about a verb');
}

const COMMON = 'Common options:';

function addCommonOptions(command: Command): void {
  const common = [
    new Option('--config <file>', 'configuration file (the agent is found by its "data")'),
    new Option('--socket <path>', 'socket of the agent (default: SLIPWAY_SOCKET, else <data>/slipway.sock)'),
    new Option('--json', 'print data as JSON'),
  ];
  for (const option of common) command.addOption(option.helpGroup(COMMON));
  command.addHelpOption(new Option('-h, --help', 'show this help').helpGroup(COMMON));
}

function argumentTerm(argument: Argument): string {
  const name = argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
}
