import * as z from 'zod';

/* What the inputs of several operations have. */

// Paths and queries carry text, so numbers and flags in them are read from text too.
export const number = z.coerce.number<number>();
export const flag = z.union([z.boolean(), z.stringbool()]);

/** Null where it is left out. */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.optional().transform((given): z.output<Schema> | null => given ?? null);

export const app = z.string().min(1).max(200).describe('id of the app, or its name where that is clear');
export const id = number.int().positive();
export const version = z.string().min(1).max(128);

/** Milliseconds since the epoch; also read from ISO 8601. */
export const moment = optional(
  z.union([
    number.int().nonnegative(),
    z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  ]),
).describe('milliseconds since the epoch, or ISO 8601');

/** What lists take. The answer names the address of the next page in a `Link`. */
export const page = {
  limit: optional(number.int().min(1).max(1000)).describe('at most so many; without it, all'),
  before: optional(number.int().positive()).describe('only those that come after this one in the list'),
};
