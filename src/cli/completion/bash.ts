import type { Place, VerbTree } from './tree.ts';

/** A completion script for bash. It asks `slipway completion --offer` for what the agent knows. */
export function bashScript(verbs: VerbTree[]): string {
  const flagsWithFile = namesOf(verbs, 'file');
  const flagsWithText = namesOf(verbs, 'text');
  return `# bash completion for slipway
_slipway() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} verb= app= at=0 word=1 offer=
  while [ "$word" -lt "$COMP_CWORD" ]; do
    case \${COMP_WORDS[word]} in
      ${[...flagsWithFile, ...flagsWithText].join('|')}) word=$((word + 1)) ;;
      -*) ;;
      *) if [ -z "$verb" ]; then verb=\${COMP_WORDS[word]}; else app=\${app:-\${COMP_WORDS[word]}} at=$((at + 1)); fi ;;
    esac
    word=$((word + 1))
  done
  COMPREPLY=()
  case $previous in
    ${flagsWithFile.join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;
    ${flagsWithText.join('|')}) return ;;
  esac
  case $verb in
    '') offer="${verbs.map(({ name }) => name).join(' ')} --help --version" ;;
${verbs.map(verbCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$offer" -- "$current"))
}
complete -o default -F _slipway slipway
`;
}

function verbCase({ name, flags, places, repeated }: VerbTree): string {
  const names = [...flags.flatMap((flag) => flag.names), '--help'].join(' ');
  const cases = places.map((place, at) => {
    const pattern = repeated && at === places.length - 1 ? '*' : at;
    return `          ${pattern}) offer="${offered(place)}" ;;\n`;
  });
  return `    ${name})
      case $current in
        -*) offer="${names}" ;;
        *) case $at in
${cases.join('')}        esac ;;
      esac ;;`;
}

function offered(place: Place): string {
  if (place.kind === 'words') return place.words.map((word) => word.name).join(' ');
  if (place.kind === 'asked') return `$(slipway completion --offer ${place.offer} --of "$app" 2>/dev/null)`;
  // Where nothing is offered, "-o default" has the names of files.
  return '';
}

function namesOf(verbs: VerbTree[], value: 'file' | 'text'): string[] {
  const flags = verbs.flatMap((verb) => verb.flags).filter((flag) => flag.value === value);
  return [...new Set(flags.flatMap((flag) => flag.names))];
}
