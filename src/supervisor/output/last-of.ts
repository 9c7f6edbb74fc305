import type { Run } from './merge.ts';

/** More than that is not held in memory for the sake of the last lines. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** The last `count` lines, or of a larger text those in its last 64 million characters. */
export async function lastOf<T>(count: number, runs: AsyncIterable<Run<T>>): Promise<Run<T>[]> {
  const kept: { run: Run<T>; characters: number }[] = [];
  let lines = 0;
  let characters = 0;
  for await (const run of runs) {
    const added = { run, characters: run.lines.reduce((sum, { text }) => sum + text.length, 0) };
    kept.push(added);
    lines += run.lines.length;
    characters += added.characters;
    for (let [oldest] = kept; oldest && oldest !== added; [oldest] = kept) {
      if (lines - oldest.run.lines.length < count && characters <= MAX_CHARACTERS) break;
      kept.shift();
      lines -= oldest.run.lines.length;
      characters -= oldest.characters;
    }
  }
  const [oldest] = kept;
  if (oldest && lines > count) oldest.run.lines.splice(0, lines - count);
  return kept.map(({ run }) => run);
}
