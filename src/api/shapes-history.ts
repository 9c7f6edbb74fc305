import * as z from 'zod';
import { lastExit } from './shapes.ts';

const time = z.string();

/** One life of a process. */
export const run = z.object({
  run: z.string().describe('id'),
  number: z.int().describe('rises with each run of whatever app: `before` of the next page'),
  release: z.int().describe('number of the release that it ran, or ran last'),
  version: z.string().nullable().describe('null where the release is not known any more'),
  kind: z.enum(['full', 'hot']),
  pid: z.int(),
  started_at: time,
  ended_at: time.nullable().describe('null while it runs'),
  status: lastExit.shape.status,
  signal: lastExit.shape.signal,
  reason: z.string().nullable().describe('why it ended'),
  unexpected: z.boolean().nullable().describe('whether nobody had asked for its end'),
  last_words: z.array(z.string()).describe('the last lines on stderr of one that ended unexpectedly'),
});

/** Something that was, in a sentence. */
export const timelineEntry = z.object({
  at: time,
  kind: z
    .enum(['deployment', 'run', 'exit', 'state', 'configuration', 'watch', 'action'])
    .describe('run: it began; exit: it ended; state: of an instance or of the agent; action: of a person'),
  app: z.string().nullable(),
  instance: z.string().nullable().describe('`app/1`'),
  release: z.string().nullable().describe('version of the release that it is about'),
  text: z.string(),
  deployment: z.int().positive().nullable(),
  actor: z.string().nullable().describe('who did it'),
  is_bad: z.boolean().describe('whether it tells of a failure'),
  cursor: z.string().describe('`before` of the page that ends ahead of it'),
  last_words: z.array(z.string()).optional().describe('of an exit, the last lines on stderr'),
});

/** How long a step usually takes. */
export const stepMedian = z.object({
  name: z.string(),
  instance: z.string().nullable(),
  median_ms: z.number(),
  count: z.int().describe('of how many deployments'),
});

export type Run = z.infer<typeof run>;
export type TimelineEntry = z.infer<typeof timelineEntry>;
export type StepMedian = z.infer<typeof stepMedian>;
