import * as z from 'zod';

const moment = z.iso.datetime();

/** A certificate that the proxy has, or is to have. */
export const certificate = z.object({
  names: z.array(z.string()).describe('that it is for; [] where there is none'),
  missing: z.array(z.string()).describe('that one is to be ordered for, and it is not for'),
  source: z.enum(['file', 'acme']),
  app: z.string().nullable().describe('whose names one is ordered for; null for a file of the configuration'),
  file: z.string(),
  issuer: z.string().nullable(),
  valid_from: moment.nullable(),
  expires_at: moment.nullable(),
  renews_at: moment.nullable().describe('when it is ordered anew by itself; null for files'),
  state: z
    .enum(['valid', 'ending', 'expired', 'none'])
    .describe('ending: less than a third of its life is left, and less than three weeks'),
  reason: z.string(),
  failure: z
    .object({ at: moment, reason: z.string(), next_attempt_at: moment })
    .nullable()
    .describe('why the last order gave no certificate for all names'),
});

export type Certificate = z.infer<typeof certificate>;
