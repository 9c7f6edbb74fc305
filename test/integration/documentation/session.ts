import type { Block } from './blocks.ts';

/** Stands before what each block and each shown command prints. */
const MARK = '\u001e';

/** A command of a `console` block, with the output that the page shows. */
interface Shown {
  command: string;
  output: string[];
}

/** A script of bash that runs the blocks of one page, in order, as one person would: variables and folder stay. */
export function scriptOf(blocks: Block[]): string {
  const parts = blocks.map((block) => {
    const begin = `printf '\\n${MARK}%s\\n' ${quoted(idOf(block))}`;
    if (block.file !== null) return `${begin}\n${writing(block.file, block.text)}`;
    if (block.language === 'console')
      return [begin, ...shownIn(block).map(({ command }) => `${begin}\n{ ${command}\n} 2>&1 || :`)].join(
        '\n',
      );
    return `${begin}\n${block.text}`;
  });
  return `set -eEo pipefail\ntrap 'echo "FAILED ($?): $BASH_COMMAND"' ERR\n${parts.join('\n')}`;
}

export function idOf({ page, line }: Block): string {
  return `${page}:${line}`;
}

/** A person waits some seconds for a release to prove itself; the test, a moment. */
function writing(file: string, text: string): string {
  const quick = text.replace(/prove_after: \ds/, 'prove_after: 100ms');
  return `mkdir -p "$(dirname ${file})"\ncat >${file} <<'WRITTEN'\n${quick}WRITTEN`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Lines that begin with `$ ` are commands, those that begin with `> ` go on with one; all others are output. */
function shownIn({ text }: Block): Shown[] {
  const shown: Shown[] = [];
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const last = shown.at(-1);
    if (line.startsWith('$ ')) shown.push({ command: line.slice(2).replace(/^bin\//, ''), output: [] });
    else if (!last) throw new Error(`output without a command: ${line}`);
    else if (line.startsWith('> ') && last.output.length === 0) last.command += `\n${line.slice(2)}`;
    else last.output.push(line);
  }
  return shown;
}

/** What the block that was begun last has printed: where a page ended early, it is the one that failed. */
export function lastOf(printed: string): string {
  return printed.slice(printed.lastIndexOf(MARK) + 1);
}

/** What the block prints and the page does not say, or the other way round; empty where they agree. */
export function differences(blocks: Block[], printed: string): string[] {
  const parts = printed.split(MARK).slice(1);
  return blocks.flatMap((block) => {
    const own = parts.filter((part) => part.startsWith(`${idOf(block)}\n`));
    if (block.language !== 'console' || block.file !== null) return [];
    return shownIn(block).flatMap(({ command, output }, index) => {
      const actual = (own[index + 1] ?? '').split('\n').slice(1);
      const missing = firstMissing(output, actual);
      return missing === null
        ? []
        : [`${idOf(block)}: $ ${command}: not printed: ${missing}\n${actual.join('\n')}`];
    });
  });
}

/** The first line of what is shown that is not among what was printed, in order; null where all are. */
function firstMissing(shown: string[], printed: string[]): string | null {
  const left = printed.map(loose);
  for (const line of shown) {
    if (/^\s*(\.\.\.)?$/.test(line)) continue;
    const at = left.findIndex((each) => fits(loose(line), each));
    if (at === -1) return line;
    left.splice(0, at + 1);
  }
  return null;
}

/** Whether a line is as it is shown, where `...` stands for anything. */
function fits(shown: string, line: string): boolean {
  const [first = '', ...others] = shown.split('...');
  if (others.length === 0) return shown === line;
  let at = line.startsWith(first) ? first.length : -1;
  for (const part of others) {
    if (at === -1) return false;
    const found = line.indexOf(part, at);
    at = found === -1 ? -1 : found + part.length;
  }
  return at !== -1;
}

/** Numbers, times, hashes and widths of columns differ from one run to the next. */
function loose(line: string): string {
  return line
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b/g, '#')
    .replace(/\d+([.,:]\d+)*( ?(ms|s|m|h|d|B|KB|MB|GB))?\b/g, '#')
    .replace(/(# )+#/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
}
