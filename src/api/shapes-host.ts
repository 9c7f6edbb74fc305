import * as z from 'zod';

/** The machine that the agent runs on, and what the agent itself uses of it. */
export const machine = z.object({
  hostname: z.string(),
  os: z.string().describe('as /etc/os-release names it'),
  kernel: z.string(),
  uptime_s: z.number(),
  cpu: z.object({
    count: z.int(),
    percent: z.number().describe('of all processors together, since it was asked for last'),
    load: z.array(z.number()).length(3).describe('of the last 1, 5 and 15 minutes'),
  }),
  memory: z.object({
    total_bytes: z.int(),
    available_bytes: z.int(),
    swap_total_bytes: z.int(),
    swap_free_bytes: z.int(),
  }),
  disks: z.array(
    z.object({
      path: z.string(),
      for: z.string().describe('what is there: data, logs, or the root of a site'),
      total_bytes: z.int(),
      free_bytes: z.int(),
      inodes: z.int().nullable().describe('null where the file system makes them as it needs them'),
      inodes_free: z.int().nullable(),
    }),
  ),
  agent: z.object({
    memory_bytes: z.int(),
    heap_bytes: z.int(),
    loop_lag_p99_ms: z.number().nullable().describe('since it was asked for last; null at first'),
    open_consoles: z.int(),
  }),
});

/** One thing of this host that was looked at. */
export const check = z.object({
  name: z.string(),
  state: z.enum(['ok', 'warn', 'fail']),
  message: z.string(),
  mend: z
    .string()
    .nullable()
    .describe('the command that mends it; null where all is well, or no one command does'),
  note: z.string().nullable().describe('what belongs to the mend, and is no command'),
});

export type Machine = z.infer<typeof machine>;
export type HostCheck = z.infer<typeof check>;

/** What a configuration would do to an app. Instances and workers as `app/1`. */
export const plannedChange = z.object({
  app: z.string(),
  change: z
    .enum(['added', 'removed', 'changed', 'replaced'])
    .describe('replaced: it is another app under the same id, of another kind or place'),
  keys: z.array(z.string()).describe('what of it has changed, as the file has it'),
  starts: z.array(z.string()).describe('of an app that stays: those that come'),
  stops: z.array(z.string()),
  restarts: z.array(z.string()).describe('one after the other'),
});

export const configurationPlan = z.object({
  file: z.string().nullable(),
  apps: z.array(plannedChange).describe('those that something changes for'),
  at_once: z.array(z.string()).describe('what of the agent itself changes, for a person'),
  after_restart: z.array(z.string()).describe('keys that take effect with the next start of the agent'),
  problems: z.array(z.string()).describe('secrets that cannot be read'),
});

export type PlannedChange = z.infer<typeof plannedChange>;
export type ConfigurationPlan = z.infer<typeof configurationPlan>;
