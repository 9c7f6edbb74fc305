import * as z from 'zod';

/**
 * What is remembered of a group beside its certificate, over the end of the agent. An order that was begun is there with the
 * key that its certificate will have; `url` is null while the authority has not answered.
 */
const record = z.object({
  /** Whom the certificate that is there is of; null where none is. */
  certificateOf: z.string().nullable(),
  order: z
    .object({
      directory: z.string(),
      names: z.array(z.string()),
      key: z.string(),
      url: z.string().nullable(),
      /** How often it was gone on with. */
      resumed: z.int(),
    })
    .nullable(),
  /** In a row. */
  failures: z.int(),
  failure: z
    .object({
      atMs: z.number(),
      kind: z.enum(['unreachable', 'limited', 'refused', 'interrupted']),
      reason: z.string(),
      directory: z.string(),
      /** What was asked for, and which of them were the reason; [] where it was about all. */
      names: z.array(z.string()),
      failed: z.array(z.string()),
      nextMs: z.number(),
    })
    .nullable(),
});

export type GroupRecord = z.infer<typeof record>;
export type OpenOrder = NonNullable<GroupRecord['order']>;

export const EMPTY_RECORD: GroupRecord = { certificateOf: null, order: null, failures: 0, failure: null };

/** What cannot be read is as if nothing were remembered. */
export function parseRecord(text: string | null): GroupRecord {
  try {
    return text === null ? EMPTY_RECORD : record.parse(JSON.parse(text));
  } catch {
    return EMPTY_RECORD;
  }
}
