import { oc } from '@orpc/contract';
import * as z from 'zod';
import { app, flag, moment, number, optional, page } from './contract-fields.ts';
import { routes } from './routes.ts';
import { run, stepMedian, timelineEntry } from './shapes-history.ts';

export const historyContract = {
  runs: oc
    .route({ ...routes.runs, summary: 'The runs of an instance, newest first', tags: ['instances'] })
    .input(
      z.object({
        app,
        instance: z.coerce
          .string<string | number>()
          .regex(/^[a-z0-9][a-z0-9_.-]{0,120}$/)
          .describe('number of the instance, worker (`queue.1`) or cron entry (`cron-nightly`)'),
        ...page,
      }),
    )
    .output(z.array(run)),
  timeline: oc
    .route({
      ...routes.timeline,
      summary: 'What ran, ended, was deployed and changed by whom, oldest first',
      tags: ['history'],
    })
    .input(
      z.object({
        app: optional(app).describe('without it, all apps and the host'),
        from: moment,
        to: moment,
        limit: number.int().min(1).max(5000).default(1000).describe('of more than that, the newest'),
        before: optional(z.string().regex(/^\d{1,15}\.\d{1,6}$/)).describe(
          'cursor of an entry: only those that came before it',
        ),
        leading: flag
          .default(false)
          .describe(
            'before all others, what each instance was like when the time begins: its run, or its last exit',
          ),
      }),
    )
    .output(z.array(timelineEntry)),
  stepMedians: oc
    .route({
      ...routes.stepMedians,
      summary: 'How long the steps took in the last ten deployments that succeeded',
      tags: ['deployments'],
    })
    .input(
      z.object({
        app,
        kind: optional(z.enum(['full', 'hot', 'rollback', 'site', 'env'])).describe(
          'of deployments; without it, that of the last one that succeeded',
        ),
      }),
    )
    .output(z.array(stepMedian)),
};
