import * as z from 'zod';

/** A shell that a page has open, or had a while ago. */
export const console = z.object({
  console: z.string().describe('id'),
  app: z.string().nullable().describe('null: the host itself'),
  instance: z.string().nullable().describe('as `app/1`; null: the host itself'),
  actor: z.string().describe('who opened it'),
  opened_at: z.string(),
  viewers: z.int().describe('how many pages look at it'),
  ended: z
    .object({ status: z.int().nullable(), signal: z.string().nullable() })
    .nullable()
    .describe('how it ended, for a while after; null: it runs'),
});

export type Console = z.infer<typeof console>;
