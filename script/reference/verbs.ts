import { EXIT_STATUS, FOLLOW_STATUS } from '../../src/cli/program/index.ts';
import { cell, code } from './markdown.ts';
import { describeProgram, type Term, type VerbDescription } from './verb-description.ts';

/** docs/verbs.md: every verb of the command line, read from the program. */
export function verbsPage(): string {
  const { verbs, common } = describeProgram();
  const groups = [...Map.groupBy(verbs, ({ group }) => group)];
  return `# Every verb of the command line

<!-- Made by script/docs from src/cli/program. -->

\`slipway --help\` lists them, \`slipway <verb> --help\` tells what stands here, and completion knows them
(\`slipway completion\`). What the words mean, as release and offer, is in [architecture](architecture.md#words).

${groups.map(([group, each]) => `- ${group}: ${each.map(linkTo).join(', ')}`).join('\n')}

## With every verb

${terms('option', common)}

## Exit status

${statuses(EXIT_STATUS)}

Each [error](errors.md) has its own. Verbs that follow a deployment to its end have that of its end:

${statuses(FOLLOW_STATUS)}

${groups.map(([group, each]) => `## ${group}\n\n${each.map(section).join('\n\n')}`).join('\n\n')}
`;
}

function section(verb: VerbDescription): string {
  const { name, usage, description, arguments: places, options, examples, follows } = verb;
  return [
    `### ${name}`,
    code(usage),
    description,
    ...(places.length > 0 ? [terms('argument', places)] : []),
    ...(options.length > 0 ? [terms('option', options)] : []),
    ...(follows ? ['Its exit status is that of [the end of the deployment](#exit-status).'] : []),
    ...(examples.length > 0 ? [`\`\`\`sh\n${examples.join('\n')}\n\`\`\``] : []),
  ].join('\n\n');
}

function linkTo({ name }: VerbDescription): string {
  return `[${name}](#${name.replaceAll(' ', '-')})`;
}

function terms(title: string, terms: Term[]): string {
  return table(
    [title, 'meaning'],
    terms.map(({ term, about }) => [cell(code(term)), cell(about)]),
  );
}

function statuses(meanings: Record<number, string>): string {
  return table(['status', 'meaning'], Object.entries(meanings));
}

function table(head: string[], rows: string[][]): string {
  const lines = [head, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [lines[0], `|${'---|'.repeat(head.length)}`, ...lines.slice(1)].join('\n');
}
