import type { Flag, VerbTree } from './tree.ts';

/** A completion script for fish. */
export function fishScript(verbs: VerbTree[]): string {
  return `# fish completion for slipway
complete -c slipway -f
${verbs.map(({ name, summary }) => `complete -c slipway -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`).join('\n')}
${verbs.flatMap(verbLines).join('\n')}
`;
}

function verbLines({ name, flags, argument, words }: VerbTree): string[] {
  const when = `complete -c slipway -n '__fish_seen_subcommand_from ${name}'`;
  const lines = flags.map((flag) => `${when} ${flagText(flag)}`);
  if (argument === 'app') lines.push(`${when} -a '(slipway completion --apps 2>/dev/null)'`);
  for (const word of words)
    lines.push(`${when} -a ${word.name}${word.summary === '' ? '' : ` -d ${quoted(word.summary)}`}`);
  return lines;
}

function flagText({ names, summary, value }: Flag): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const argument = value === 'none' ? '' : value === 'file' ? ' -r -F' : ' -x';
  return `${flags.join(' ')}${argument} -d ${quoted(summary)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
