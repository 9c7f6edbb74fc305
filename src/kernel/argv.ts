/**
 * Splits a command line into its arguments: white space separates; 'single quotes' keep everything; "double quotes" keep
 * everything but \" and \\; a backslash outside quotes keeps the next character. No shell reads it, so what only a shell
 * would understand is a problem and not an argument.
 */
export function splitCommand(text: string): { argv: string[] } | { problem: string } {
  const argv: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  const characters = [...text.trim()];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    const next = characters[at + 1];
    if (quote !== null) {
      if (character === quote) quote = null;
      else if (quote === '"' && character === '\\' && (next === '"' || next === '\\'))
        word += characters[++at] as string;
      else word += character;
    } else if (character === '\n') return { problem: 'has more than one line' };
    else if (/\s/.test(character)) {
      if (word !== null) argv.push(word);
      word = null;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '\\') {
      if (next === undefined) return { problem: 'ends with a backslash' };
      word = (word ?? '') + next;
      at++;
    } else if (/[;&|<>`]/.test(character))
      return { problem: `holds ${character}, which only a shell understands` };
    else if (character === '$' && /[\w({]/.test(next ?? ''))
      return { problem: 'holds a $variable, which only a shell replaces' };
    else word = (word ?? '') + character;
  }
  if (quote !== null) return { problem: `has a ${quote} without its end` };
  if (word !== null) argv.push(word);
  if (!argv[0]) return { problem: 'names no program' };
  if (/^\w+=/.test(argv[0])) return { problem: 'begins with an assignment, which only a shell understands' };
  return { argv };
}

/** As a person types it into a shell: the inverse of `splitCommand`. */
export function commandLine(argv: readonly string[]): string {
  return argv
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
