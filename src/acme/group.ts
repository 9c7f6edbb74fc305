/** Names that one certificate is ordered for. */
export interface Group {
  /** What its files are called. */
  id: string;
  /** `api.example.com`, `*.example.com`. */
  names: readonly string[];
}

/** Whose names they are: ids of apps have no dot. */
export function appOf({ id }: Group): string {
  return id.replace(/\.\d+$/, '');
}

/** As many as Let's Encrypt puts into a certificate. */
const MOST_NAMES = 100;

/**
 * One certificate for each app, of its names that no other certificate is there for; of an app with more than a hundred,
 * several. A name that two apps share, with a path each, is the first one's.
 */
export function groupsOf(
  apps: readonly { id: string; names: readonly string[] }[],
  isCovered: (name: string) => boolean,
): Group[] {
  const taken = new Set<string>();
  return apps.flatMap(({ id, names }) => {
    const own = [...new Set(names)].filter((name) => !isCovered(name) && !taken.has(name));
    for (const name of own) taken.add(name);
    const groups: Group[] = [];
    for (let at = 0; at < own.length; at += MOST_NAMES)
      groups.push({
        id: at === 0 ? id : `${id}.${at / MOST_NAMES + 1}`,
        names: own.slice(at, at + MOST_NAMES),
      });
    return groups;
  });
}
