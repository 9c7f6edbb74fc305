import { EXIT_STATUS } from '../../src/cli/program/index.ts';
import { describeProgram, type Term, type VerbDescription } from '../reference/verb-description.ts';

const FILES: Record<string, string> = {
  '/etc/slipway/slipway.yaml': 'the configuration',
  '/var/lib/slipway': 'database, releases of services, caches',
  '/var/log/slipway': 'output of the apps',
  '/opt/slipway/current': 'the version in force',
};

/** slipway(1), made of the verbs as they are, as man(7) has it. Without a date, so always the same. */
export function manualPage(version: string): string {
  const { verbs, common } = describeProgram();
  return [
    `.TH SLIPWAY 1 "" "Slipway ${version}" "Slipway"`,
    '.SH NAME',
    'slipway \\- makes releases live on this host and keeps them running',
    '.SH SYNOPSIS',
    '.B slipway',
    '.I verb',
    '[options]',
    ...[...Map.groupBy(verbs, ({ group }) => group)].flatMap(([group, each]) => [
      `.SH ${text(group.toUpperCase())}`,
      ...each.flatMap(section),
    ]),
    '.SH WITH EVERY VERB',
    ...terms(common),
    '.SH EXIT STATUS',
    ...terms(Object.entries(EXIT_STATUS).map(([term, about]) => ({ term, about }))),
    '.SH FILES',
    ...terms(Object.entries(FILES).map(([term, about]) => ({ term, about }))),
    '',
  ].join('\n');
}

function section({
  name,
  usage,
  description,
  arguments: places,
  options,
  examples,
}: VerbDescription): string[] {
  return [
    `.SS ${text(name)}`,
    '.nf',
    `.B ${text(usage)}`,
    '.fi',
    '.PP',
    text(description),
    ...terms([...places, ...options].filter(({ about }) => about !== '')),
    ...(examples.length > 0 ? ['.PP', 'Examples:', '.PP', '.nf', ...examples.map(text), '.fi'] : []),
  ];
}

function terms(list: readonly Term[]): string[] {
  return list.flatMap(({ term, about }) => ['.TP', `.B ${text(term)}`, text(about)]);
}

/** roff(7): a backslash begins an escape, a point or an apostrophe in the first column a request, and a hyphen is one. */
function text(words: string): string {
  return words.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('\n', ' ').replace(/^[.']/, '\\&$&');
}
