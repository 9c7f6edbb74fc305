import type { VerbTree } from './tree.ts';

/** A completion script for bash. It asks `slipway completion --apps` for the ids of the apps. */
export function bashScript(verbs: VerbTree[]): string {
  const flagsWithFile = namesOf(verbs, 'file');
  const flagsWithText = namesOf(verbs, 'text');
  return `# bash completion for slipway
_slipway() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} verb= at=0 word=1 offer=
  while [ "$word" -lt "$COMP_CWORD" ]; do
    case \${COMP_WORDS[word]} in
      ${[...flagsWithFile, ...flagsWithText].join('|')}) word=$((word + 1)) ;;
      -*) ;;
      *) if [ -z "$verb" ]; then verb=\${COMP_WORDS[word]}; else at=$((at + 1)); fi ;;
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

function verbCase({ name, flags, argument, words }: VerbTree): string {
  const names = [...flags.flatMap((flag) => flag.names), '--help'].join(' ');
  const offered =
    argument === 'app'
      ? '$(slipway completion --apps 2>/dev/null)'
      : words.map((word) => word.name).join(' ');
  return `    ${name})
      case $current in
        -*) offer="${names}" ;;
        *) if [ "$at" -eq 0 ]; then offer="${offered}"; fi ;;
      esac ;;`;
}

function namesOf(verbs: VerbTree[], value: 'file' | 'text'): string[] {
  const flags = verbs.flatMap((verb) => verb.flags).filter((flag) => flag.value === value);
  return [...new Set(flags.flatMap((flag) => flag.names))];
}
