/** Keys and positions in lists, from the top of the file. */
export type Path = readonly (string | number)[];

/** Something wrong at a place of the configuration, before it is known which line that is. */
export interface Finding {
  path: Path;
  /** What to point at, and, for `value`, to show. */
  at: 'key' | 'value';
  message: string;
  hint?: string | undefined;
}

/** `apps[0].ready.http` */
export function pathText(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[\w@.-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

/** The value at a path, or undefined where the path leads nowhere. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** The keys of a mapping; none where the value is something else. */
export function mappingOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** A scalar as text; nothing of a mapping or list, whose own `toString` may be a key of the file. */
export function textOf(value: unknown): string {
  return typeof value === 'object' ? '' : String(value);
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
