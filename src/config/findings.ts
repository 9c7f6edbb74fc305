/** Keys and positions in lists, from the top of the file. */
export type Path = readonly (string | number)[];

/** Something wrong at a place of the configuration, before it is known which line that is. */
export interface Finding {
  path: Path;
  /** What to point at, and, for `value`, to show. */
  at: 'key' | 'value';
  message: string;
  hint?: string | undefined;
  /** Nothing found below this path is worth telling any more. */
  covers?: Path;
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

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function isWithin(path: Path, outer: Path): boolean {
  return outer.every((step, index) => path[index] === step);
}
