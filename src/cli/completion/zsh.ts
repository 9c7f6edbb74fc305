import type { Flag, VerbTree } from './tree.ts';

/** A completion script for zsh, to be put into a file `_slipway` in the fpath. */
export function zshScript(verbs: VerbTree[]): string {
  return `#compdef slipway
_slipway_apps() {
  local -a apps
  apps=(\${(f)"$(slipway completion --apps 2>/dev/null)"})
  compadd -a apps
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

function verbCase({ name, flags, argument, words }: VerbTree): string {
  const specs = flags.flatMap(flagSpecs);
  if (argument === 'app') specs.push(`'1:app:_slipway_apps'`);
  if (argument === 'words') specs.push(quoted(`1:word:(${words.map((word) => word.name).join(' ')})`));
  return `        ${name}) _arguments ${specs.join(' ')} ;;`;
}

function flagSpecs({ names, summary, value }: Flag): string[] {
  const about = summary.replace(/[[\]:]/g, ' ');
  const argument = value === 'none' ? '' : value === 'file' ? ':file:_files' : ':value: ';
  return names.map((name) => quoted(`${name}[${about}]${argument}`));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
