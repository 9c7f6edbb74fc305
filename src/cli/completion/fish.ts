import type { Flag, Place, VerbTree } from './tree.ts';

/** A completion script for fish. It asks `slipway completion --offer` for what the agent knows. */
export function fishScript(verbs: VerbTree[]): string {
  const flags = verbs.flatMap((verb) => verb.flags).filter((flag) => flag.value !== 'none');
  const flagsWithValue = [...new Set(flags.flatMap((flag) => flag.names))];
  return `# fish completion for slipway
function __slipway_words
  set -l skip no
  for token in (commandline -opc)
    if test $skip = yes
      set skip no
    else if contains -- $token ${flagsWithValue.join(' ')}
      set skip yes
    else if not string match -q -- '-*' $token
      echo $token
    end
  end
end
function __slipway_at # verb, words after it, whether more may stand there
  set -l words (__slipway_words)
  set -l after (math (count $words) - 2)
  test "$words[2]" = $argv[1]; or return 1
  test $after -eq $argv[2]; or test $argv[3] = more -a $after -gt $argv[2]
end
function __slipway_offer
  set -l words (__slipway_words)
  slipway completion --offer $argv[1] --of "$words[3]" 2>/dev/null
end
complete -c slipway -f
${verbs.map(({ name, summary }) => `complete -c slipway -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`).join('\n')}
${verbs.flatMap(verbLines).join('\n')}
`;
}

function verbLines({ name, flags, places, repeated }: VerbTree): string[] {
  const seen = `complete -c slipway -n '__fish_seen_subcommand_from ${name}'`;
  return [
    ...flags.map((flag) => `${seen} ${flagText(flag)}`),
    ...places.flatMap((place, at) => {
      const more = repeated && at === places.length - 1 ? 'more' : 'no';
      return offers(place).map(
        (text) => `complete -c slipway -n '__slipway_at ${name} ${at} ${more}' ${text}`,
      );
    }),
  ];
}

function offers(place: Place): string[] {
  if (place.kind === 'unknown') return [];
  if (place.kind === 'file') return ['-F'];
  if (place.kind === 'folder') return [`-a '(__fish_complete_directories)'`];
  if (place.kind === 'asked') return [`-a '(__slipway_offer ${place.offer})'`];
  return place.words.map(
    ({ name, summary }) => `-a ${name}${summary === '' ? '' : ` -d ${quoted(summary)}`}`,
  );
}

function flagText({ names, summary, value }: Flag): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const argument = value === 'none' ? '' : value === 'file' ? ' -r -F' : ' -x';
  return `${flags.join(' ')}${argument} -d ${quoted(summary)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
