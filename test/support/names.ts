/** One line of a report holds it. */
const NAME_MAX = 90;
/** The first argument of `test`, `it` and `describe`, and of what `each`, `for` or `skipIf` of them give. */
const NAME = /(?:\b(?:test|it|describe)(?:\.\w+)*\(\s*|\)\(\s*)(['"`])((?:\\.|(?!\1)[^\\\n])*)\1,/g;

/** Tests whose names are too long, in words; `files`: code by path. */
export function longNames(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([file, text]) =>
    [...text.matchAll(NAME)]
      .map(([, , name = '']) => name.replace(/\\(.)/g, '$1'))
      .filter((name) => name.length > NAME_MAX)
      .map((name) => `${file}: ${name.length} characters are too many: ${name}`),
  );
}
