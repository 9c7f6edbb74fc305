import path from 'node:path';

const RULES_PAGE = 'docs/architecture.md';
const ELSEWHERE = /\bdesign(?:\.md)?, \w+ \d+|\binvariants? \d+|\bof the design\b/gi;
/** Folders whose name at the beginning of a path says that it is one of this repository. */
const TREE = /^(src|test|script|docs|bench|bin|demo)\//;

/**
 * What a stranger who has only this repository cannot follow, one sentence each. `files`: text by path from the root, such
 * as `src/kernel/clock.ts`; `exists`: whether the repository has a path; `rules`: how many its page of rules has.
 */
export function citationViolations(
  files: Map<string, string>,
  { rules, exists }: { rules: number; exists: (file: string) => boolean },
): string[] {
  const found: string[] = [];
  for (const [file, text] of files) {
    const flat = text.replaceAll(/\n\s*(?:\*|\/\/)?\s*/g, ' ');
    for (const [citation] of flat.matchAll(ELSEWHERE))
      found.push(`${file} cites "${citation}", not ${RULES_PAGE}`);
    for (const [citation, page = '', ...numbers] of flat.matchAll(/(\S+) rules? (\d+)(?: and (\d+))?/g)) {
      if (!page.endsWith(`${RULES_PAGE},`)) found.push(`${file} cites "${citation}", not ${RULES_PAGE}`);
      if (numbers.some((number) => Number(number) > rules))
        found.push(`${file} cites "${citation}", of ${rules}`);
    }
    for (const [page] of flat.matchAll(/[\w./-]*\w\.md\b/g))
      if (!placesOf(page, file, 'docs').some(exists)) found.push(`${file} cites ${page}, which is not there`);
  }
  return found;
}

/** Paths in backticks that a page names and that are not there: from the root, or below `src` where they name code. */
export function pathViolations(pages: Map<string, string>, exists: (file: string) => boolean): string[] {
  return [...pages].flatMap(([page, text]) =>
    [...text.matchAll(/`([\w.-]+\/[\w./-]*)`/g)].flatMap(([, named = '']) => {
      const isOurs = TREE.test(named) || named.endsWith('.ts');
      const isThere = placesOf(named, page, 'src').some(exists);
      return isOurs && !isThere ? [`${page} names ${named}, which is not there`] : [];
    }),
  );
}

/** How many rules the page of rules has. */
export function rulesOf(page: string): number {
  const section = /^## What always holds\n([^]*?)^## /m.exec(page)?.[1] ?? '';
  return section.match(/^\d+\. /gm)?.length ?? 0;
}

function placesOf(named: string, file: string, folder: string): string[] {
  return [named, `${folder}/${named}`, path.posix.join(path.posix.dirname(file), named)];
}
