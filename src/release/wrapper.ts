/** What tells the one folder that an archive may have around everything else. */
export interface Wrapping {
  /** What such a folder is called: by its name alone it is left out. */
  named: RegExp;
  /** Paths that may be needed, and the first that is there decides: at the top, nothing is left out; below the folder, that is. */
  wanted: readonly string[];
}

/**
 * The folder at the top of an archive that holds all the rest, and is to be left out; null where there is none. `paths` are
 * of every entry and of every folder above one.
 */
export function wrapperIn(paths: ReadonlyMap<string, string>, { named, wanted }: Wrapping): string | null {
  let top: string | null = null;
  for (const path of paths.keys()) {
    if (path === '') continue;
    const first = path.split('/', 1)[0] as string;
    top ??= first;
    if (first !== top) return null;
  }
  if (top === null || paths.get(top) !== 'directory' || ![...paths.keys()].some((path) => path.includes('/')))
    return null;
  for (const path of wanted) {
    if (paths.has(path)) return null;
    if (paths.has(`${top}/${path}`)) return top;
  }
  // `python -m shop.server`: the folder is what it is called by.
  if (wanted.some((path) => path.startsWith(top) && /^[.:/]/.test(path.slice(top.length)))) return null;
  return named.test(top) ? top : null;
}

/** What packers call such a folder: `shop`, `shop-1.2.3`, and `shop-4f2a91c` (or of any other repository). */
export function namedAfter(names: readonly string[], version: string): RegExp {
  const name = names.map((each) => literal(each)).join('|');
  const numbered = String.raw`[-_](?:${literal(version)}|v?\d[\w.+~-]*)`;
  const commit = String.raw`[\w.+-]+-(?=[a-f]*\d)[0-9a-f]{7,40}`;
  return new RegExp(`^(?:(?:${name})(?:${numbered})?|${commit})$`, 'i');
}

function literal(text: string): string {
  return text.replace(/\W/g, String.raw`\$&`);
}
