/** Null: without a limit, from the first. */
export interface Page {
  limit: number | null;
  /** The key of the last one of the page before. */
  before: number | null;
}

/** A page of a list whose keys become less. */
export function pageOf<Item>(
  items: readonly Item[],
  { limit, before }: Page,
  keyOf: (item: Item) => number,
): Item[] {
  const rest = before === null ? items : items.filter((item) => keyOf(item) < before);
  return rest.slice(0, limit ?? rest.length);
}

/**
 * Looks for one more than was asked for, and where there is one, tells `next` the key that the next page is `before`. The body
 * of a list so stays a list.
 */
export function paged<Item>(
  asked: Page,
  options: {
    look: (page: Page) => Item[];
    keyOf: (item: Item) => number;
    next: (before: number) => void;
  },
): Item[] {
  const { limit, before } = asked;
  if (limit === null) return options.look({ limit, before });
  const items = options.look({ limit: limit + 1, before });
  const last = items[limit - 1];
  if (items.length > limit && last !== undefined) options.next(options.keyOf(last));
  return items.slice(0, limit);
}

/** The `Link` to the next page (RFC 8288): the same address with another `before`. */
export function nextLink(url: URL, before: number | string): string {
  const query = new URLSearchParams(url.searchParams);
  query.set('before', String(before));
  return `<${url.pathname}?${query.toString()}>; rel="next"`;
}
