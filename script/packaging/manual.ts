import type { Argument, Command } from 'commander';

/** slipway(1), made of the verbs as they are: what `--help` tells, as man(7) has it. Without a date, so always the same. */
export function manualPage(program: Command): string {
  return [
    `.TH SLIPWAY 1 "" "Slipway ${program.version()}" "Slipway"`,
    '.SH NAME',
    'slipway \\- makes releases live on this host and keeps them running',
    '.SH SYNOPSIS',
    '.B slipway',
    '.I verb',
    '[options]',
    '.SH VERBS',
    ...program.commands.flatMap((command) => verb(command, [])),
    '.SH OPTIONS OF ALL VERBS',
    ...optionLines(program, () => true),
    '.SH EXIT STATUS',
    ...EXIT_STATUS.flatMap(([status, about]) => ['.TP', `.B ${status}`, text(about)]),
    '.SH FILES',
    ...FILES.flatMap(([file, about]) => ['.TP', `.I ${text(file)}`, text(about)]),
    '',
  ].join('\n');
}

const EXIT_STATUS: [string, string][] = [
  ['0', 'done'],
  ['1', 'failed'],
  ['2', 'usage'],
  ['3', 'configuration'],
  ['4', 'agent not reachable'],
  ['5', 'failed and taken back'],
  ['6', 'the way back failed'],
  ['7', 'another deployment holds the app'],
  ['124', 'time-out'],
  ['130', 'interrupted'],
];

const FILES: [string, string][] = [
  ['/etc/slipway/slipway.yaml', 'the configuration'],
  ['/var/lib/slipway', 'database, releases of services, caches'],
  ['/var/log/slipway', 'output of the apps'],
  ['/opt/slipway/current', 'the version that is installed'],
];

/** A verb, or a family of them, one after the other. */
function verb(command: Command, above: string[]): string[] {
  if (command.name() === 'help') return [];
  const names = [...above, command.name()];
  if (command.commands.length > 0) return command.commands.flatMap((inner) => verb(inner, names));
  const words = [...names, ...command.registeredArguments.map(argumentTerm)].join(' ');
  return [
    `.SS ${text(words)}`,
    text(command.description()),
    ...command.registeredArguments
      .filter((each) => each.description !== '')
      .flatMap((each) => ['.TP', `.I ${text(each.name())}`, text(each.description)]),
    ...optionLines(command, (group) => group !== COMMON),
  ];
}

const COMMON = 'Common options:';

function optionLines(command: Command, isWanted: (group: string | undefined) => boolean): string[] {
  return command.options
    .filter((option) => !option.hidden && isWanted(option.helpGroupHeading))
    .flatMap((option) => ['.TP', `.B ${text(option.flags)}`, text(option.description)]);
}

function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** roff(7): a backslash begins an escape, a point or an apostrophe in the first column a request, a hyphen is none. */
function text(words: string): string {
  return words.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('\n', ' ').replace(/^[.']/, '\\&$&');
}
