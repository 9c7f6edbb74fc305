import type * as z from 'zod';

/** What editors show of a key. */
export function key<Type extends z.ZodType>(description: string, type: Type, ...examples: unknown[]): Type {
  return type.meta(examples.length === 0 ? { description } : { description, examples });
}
