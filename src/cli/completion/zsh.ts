import type { Flag, Place, VerbTree } from './tree.ts';

/** A completion script for zsh, to be put into a file `_slipway` in the fpath. */
export function zshScript(verbs: VerbTree[]): string {
  return `#compdef slipway
_slipway_offer() {
  local -a offered
  offered=(\${(f)"$(slipway completion --offer $1 --of "$line[1]" 2>/dev/null)"})
  compadd -a offered
}
_slipway() {
  local curcontext="$curcontext" state line
  _arguments -C '--help[show help]' '--version[print the version]' '1: :->verb' '*:: :->rest'
  case $state in
    verb)
      local -a verbs
      verbs=(
${verbs.map(({ name, summary }) => `        ${quoted(`${name}:${summary}`)}`).join('\n')}
      )
      _describe verb verbs ;;
    rest)
      case $words[1] in
${verbs.map(verbCase).join('\n')}
      esac ;;
  esac
}
if [ "$funcstack[1]" = _slipway ]; then _slipway "$@"; else compdef _slipway slipway; fi
`;
}

function verbCase({ name, flags, places, repeated }: VerbTree): string {
  const specs = flags.flatMap(flagSpecs);
  places.forEach((place, at) => {
    const position = repeated && at === places.length - 1 ? '*' : at + 1;
    specs.push(quoted(`${position}:word:${action(place)}`));
  });
  return `        ${name}) _arguments ${specs.join(' ')} ;;`;
}

/** An action that begins with a space is called with just these arguments; a space alone offers nothing. */
function action(place: Place): string {
  if (place.kind === 'asked') return ` _slipway_offer ${place.offer}`;
  if (place.kind === 'file') return '_files';
  if (place.kind === 'folder') return '_files -/';
  return place.kind === 'words' ? `(${place.words.map((word) => word.name).join(' ')})` : ' ';
}

function flagSpecs({ names, summary, value }: Flag): string[] {
  const about = summary.replace(/[[\]:]/g, ' ');
  const argument = value === 'none' ? '' : value === 'file' ? ':file:_files' : ':value: ';
  return names.map((name) => quoted(`${name}[${about}]${argument}`));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
