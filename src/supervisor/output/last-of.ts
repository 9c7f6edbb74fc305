/** More than that is not held in memory for the sake of the last lines. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** The last `count` of the lines, or the last 64 million characters of them. */
export async function lastOf<T extends { text: string }>(
  count: number,
  lines: AsyncIterable<T>,
): Promise<T[]> {
  let kept: T[] = [];
  let from = 0;
  let characters = 0;
  for await (const line of lines) {
    kept.push(line);
    characters += line.text.length;
    while (kept.length - from > count || (characters > MAX_CHARACTERS && kept.length - from > 1))
      characters -= kept[from++]?.text.length ?? 0;
    if (from > 1000 && from > kept.length / 2) {
      kept = kept.slice(from);
      from = 0;
    }
  }
  return kept.slice(from);
}
