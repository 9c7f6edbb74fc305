import * as z from 'zod';
import { KEPT_LINES, leftOutLine } from '../kernel/index.ts';

/**
 * The JSON shapes of the API and of `--json`. Times are ISO 8601 in UTC, durations are in the unit that the name gives.
 */
const time = z.string();
const id = z.int().positive();

export const appState = z.enum(['idle', 'deploying', 'running', 'degraded', 'down', 'stopped']);
export const instanceState = z
  .enum(['stopped', 'starting', 'ready', 'unready', 'stopping', 'backoff', 'failed'])
  .describe('unready: it was ready, lives, and does not answer now');
export const releaseState = z.enum(['preparing', 'ready', 'live', 'retired', 'failed']);
export const deploymentState = z.enum([
  'queued',
  'running',
  'succeeded',
  'failed',
  'rolled_back',
  'cancelled',
  'superseded',
]);
export const stepState = z.enum(['pending', 'running', 'succeeded', 'failed', 'skipped', 'cancelled']);

export const lastExit = z.object({
  status: z.int().nullable().describe('exit status; null where a signal ended it or nobody saw it'),
  signal: z.string().nullable(),
  reason: z.string(),
  at: time,
});

/** Of what came through the proxy. */
export const trafficFigures = z.object({
  window_s: z.number().describe('the time that they are of; it ends where the access log was read last'),
  requests: z.int(),
  requests_per_s: z.number(),
  errors_percent: z.number().nullable().describe('5xx of all requests; null where there was none'),
  p50_ms: z
    .int()
    .nullable()
    .describe(
      'until the answer began, all waiting included: wrong by 3.1 % at most; null where there was none',
    ),
  p95_ms: z.int().nullable(),
  p99_ms: z.int().nullable(),
});

export const traffic = trafficFigures.extend({
  sampled: z.boolean().describe('more came than the agent reads: what it read stands for all of it'),
  releases: z
    .array(trafficFigures.extend({ version: z.string() }))
    .describe(
      'each in the time, of the last five minutes, in which something was answered by it; what began last comes first',
    ),
});

export const instance = z.object({
  instance: z.string().describe('`app/1`, or of a worker `app/queue.1`'),
  state: instanceState,
  reason: z.string().describe('why it is in this state'),
  version: z.string().nullable(),
  pid: z.int().nullable().describe("the app's main process, never the holder"),
  port: z.int().nullable(),
  slot: z
    .string()
    .nullable()
    .describe('where the proxy sends to, as its access log has it; null where no proxy does'),
  successor: z
    .object({
      version: z.string().nullable(),
      state: instanceState,
      pid: z.int().nullable(),
      port: z.int().nullable(),
    })
    .nullable()
    .describe('the process that is to take its place as soon as it is ready'),
  uptime_s: z.number().nullable(),
  restarts: z.object({ crash: z.int(), forced: z.int() }),
  memory_bytes: z.int().nullable().describe('with all that it has started; null while it does not run'),
  cpu_percent: z.number().nullable().describe('of one core, since it was asked for last'),
  oom_kills: z.int().describe('its processes that the kernel has killed for want of memory'),
  traffic: trafficFigures
    .nullable()
    .optional()
    .describe('of the last minute; null where no proxy sends anything to it'),
  last_exit: lastExit.nullable(),
  versions: z.array(z.object({ version: z.string(), since: time })).describe('what it has run, newest first'),
  last_deployment: z
    .object({ id, state: deploymentState })
    .nullable()
    .describe('that has touched it, among the last ten of the app'),
  deployment_kind: z.enum(['full', 'hot']),
  otp: z
    .object({
      node: z.string(),
      connected: z.boolean(),
      tls: z.boolean().describe('both sides have shown a certificate that the other one checked'),
      reason: z.string().nullable().describe('why it is not connected'),
    })
    .nullable()
    .describe('the Erlang node; null where it is none'),
});

const stray = z.object({ reason: z.string(), next: z.string() });

export const app = z.object({
  app: z.string().describe('id: the name, or name@environment'),
  name: z.string(),
  environment: z.string(),
  kind: z.enum(['site', 'service']),
  state: appState,
  live: z
    .object({ number: z.int(), version: z.string(), commit: z.string().nullable(), since: time })
    .nullable(),
  source: z.object({
    state: z.enum(['ok', 'waiting', 'error']),
    reason: z.string().nullable(),
    at: time,
    offer: z.string().nullable(),
    tried: z
      .object({ deployment: id, state: deploymentState, reason: z.string().nullable() })
      .nullable()
      .describe(
        'the deployment of the offer that did not go live: it is not tried again by itself before it changes',
      ),
  }),
  stray: stray
    .nullable()
    .optional()
    .describe('of a site: what `current` leads to where that is not the live release, and what mends it'),
  maintenance: z.boolean().describe('whether visitors get 503 and the maintenance page'),
  pinned: z.string().nullable(),
  ghosted: z.array(z.object({ version: z.string(), reason: z.string(), at: time })),
  deployment: id.nullable().describe('the one that runs'),
  promotable: id.nullable().optional().describe('its id where its canary waits for `slipway promote`'),
  last_deployment: z
    .object({ id, version: z.string(), state: deploymentState, at: time })
    .nullable()
    .describe('the last one that has ended, and when'),
  traffic: traffic
    .nullable()
    .optional()
    .describe('of the last minute; null where no proxy is before it, or its log cannot be read'),
  instances: z.array(instance),
  waits_for: z
    .array(z.string())
    .optional()
    .describe(
      'secrets that its configuration names and that are not known yet: nothing can be done with it before. Left out where it waits for none',
    ),
});

const failingSecret = z.object({
  secret: z.string(),
  reason: z.string(),
  apps: z.array(z.string()).describe('that name it'),
  known_since: time
    .nullable()
    .describe('when the value was read that is in force; null: the apps wait for it'),
  next: z.string().nullable().describe('the command that mends it'),
});

const forward = z.object({
  app: z.string().describe("`slipway`: the agent's own log"),
  target: z.string(),
  reason: z.string().nullable().describe('why nothing arrives; null: it does'),
  since: time.nullable(),
  behind_bytes: z.int().describe('that the target has not had yet'),
  lost_bytes: z.int().describe("that were rotated away before the target had them, since the agent's start"),
});

export const status = z.object({
  agent: z.object({
    version: z.string(),
    pid: z.int(),
    uptime_s: z.number(),
    warnings: z.array(z.string()).describe('what is not guaranteed on this host, and why'),
    journal: z
      .object({ reason: z.string(), next: z.string().nullable() })
      .nullable()
      .optional()
      .describe(
        'why the journal cannot be used: apps are kept running then, and nothing can be changed; null where it can',
      ),
    secrets: z
      .array(failingSecret)
      .optional()
      .describe('those that cannot be read now; left out for whoever is let to some apps alone'),
    forwards: z
      .array(forward)
      .optional()
      .describe('logs that go elsewhere, too; left out for whoever is let to some apps alone'),
    proxy: z
      .object({ state: instanceState, pid: z.int().nullable(), reason: z.string() })
      .nullable()
      .optional()
      .describe('HAProxy; null: none is configured. Left out for whoever is let to some apps alone'),
    last_event: z
      .string()
      .describe('id of the newest event: `after` of the stream that goes on from this answer'),
  }),
  apps: z.array(app),
});

export const step = z.object({
  name: z.string(),
  instance: z.string().nullable(),
  state: stepState,
  started_at: time.nullable(),
  duration_ms: z.number().nullable(),
  reason: z.string().nullable(),
  output: z
    .array(z.string())
    .describe(
      `of very many lines the first ${KEPT_LINES} and as many of the last, and between them "${leftOutLine({ lines: 7, bytes: 0 })}", or "${leftOutLine({ lines: 7, bytes: 4096 })}"`,
    ),
});

export const deployment = z.object({
  id,
  app: z.string(),
  number: z.int().nullable().describe("the release's number; null until it has one"),
  version: z.string(),
  commit: z.string().nullable(),
  kind: z.enum(['full', 'hot', 'rollback', 'site', 'env']),
  state: deploymentState,
  trigger: z.string().describe('auto, cli, api'),
  actor: z.string(),
  reason: z.string().nullable(),
  started_at: time.nullable(),
  ended_at: time.nullable(),
});

export const deploymentWithSteps = deployment.extend({
  steps: z.array(step),
  waits_for: z.string().nullable().optional().describe('the command that a person gives for it to go on'),
});

export const release = z.object({
  number: z.int(),
  version: z.string(),
  commit: z.string().nullable(),
  state: releaseState,
  proven: z.boolean(),
  directory: z.string(),
  created_at: time,
  size_bytes: z.number().nullable(),
  stray: stray
    .optional()
    .describe('of the live release of a site: why visitors do not get it. Left out where they do'),
});

/** What a deploy would do on this host, decided now and changing nothing. */
export const plan = z.object({
  app: z.string(),
  version: z.string(),
  kind: z.enum(['full', 'hot', 'rollback', 'site']),
  pins: z.boolean().describe('whether the deploy would pin the version'),
  steps: z.array(z.object({ name: z.string(), instance: z.string().nullable() })),
  site: z
    .object({
      commits: z
        .array(z.object({ commit: z.string(), subject: z.string(), author: z.string(), at: time }))
        .describe('since the live release, newest first'),
      hooks: z.array(z.string()),
      links: z.array(z.string()),
      prunes: z.array(z.object({ number: z.int(), version: z.string() })),
      space: z.object({ needed_bytes: z.number(), free_bytes: z.number() }).nullable(),
    })
    .nullable()
    .describe('of a site; null of a service'),
  upgrade: z
    .object({
      reason: z
        .string()
        .nullable()
        .describe('why instances would be started anew; null where they would not'),
      applications: z
        .array(
          z.object({
            name: z.string(),
            from: z.string().nullable().describe('null where it is added'),
            to: z.string().nullable().describe('null where it is removed'),
            modules: z.array(z.string()),
            instructions: z.array(z.string()).describe('of its appup, as Erlang writes them'),
          }),
        )
        .describe('that change while the instances run'),
      lingering: z
        .array(
          z.object({
            instance: z.string(),
            module: z.string(),
            processes: z.int(),
            names: z.array(z.string()),
          }),
        )
        .describe(
          'processes that run code before the present one still, by the module; what becomes of them (otp.purge) is in the notes',
        ),
    })
    .nullable()
    .describe('of a release that could be upgraded while it runs: Elixir, Erlang'),
  notes: z.array(z.string()),
});

export const accepted = z.object({
  deployment: id,
  notes: z.array(z.string()).describe('what a person should know, such as that the version is pinned now'),
});
export const envChange = accepted.extend({
  deployment: id.nullable().describe('the one that places the new .env; null where nothing is live'),
});
export const done = z.object({ message: z.string() });

export const logLine = z.object({
  instance: z.string().nullable(),
  stream: z.enum(['stdout', 'stderr']),
  line: z.string(),
  at: time.describe('when it was written'),
  exact: z
    .literal(false)
    .optional()
    .describe('where it was written at that moment at the latest; else it is known to the second'),
  id: z.string().describe('where it begins in its log: `1/stdout/4096`, whatever is rotated'),
  before: z
    .string()
    .optional()
    .describe('of the first of so many lines: `before` of the page with older ones, where there are some'),
  part: z
    .enum(['first', 'middle', 'last'])
    .optional()
    .describe(
      'of a line longer than a megabyte, which comes in pieces; a "last" without a "first" has lost its front',
    ),
});

/** In the place of lines that a follower was too slow for. */
export const logGap = z.object({
  gap: z.int().positive().describe('how many lines were left out here'),
  instance: z.string().nullable(),
  stream: logLine.shape.stream,
});
export const logItem = z.union([logLine, logGap]);

export const accessLine = z.object({
  at: time.describe('when it came'),
  app: z.string(),
  instance: z.string().nullable().describe('`api/1`; null: none was asked, as for a redirect'),
  slot: z.string().nullable().describe('`1`, or `1b`, the other slot of that instance'),
  status: z.int().nullable().describe('null: there was no answer'),
  method: z.string(),
  host: z.string(),
  path: z.string().describe('without its query'),
  ms: z.int().describe("from the request's first byte to the answer's last one"),
  answer_ms: z
    .int()
    .nullable()
    .describe('until the answer began, all waiting included; null: the visitor left before'),
  response_ms: z.int().nullable().describe('that the instance took of it; null: it did not answer'),
  bytes: z.int(),
  client: z.string(),
  end: z.string().describe("`--` where it ended well, else as HAProxy's manual has it"),
});
export const accessGap = z.object({
  gap: z
    .int()
    .positive()
    .describe('how many lines of the log were left out here, those of other apps included'),
});
export const accessItem = z.union([accessLine, accessGap]);

export const uploaded = z.object({
  upload: z.string().describe('what `deploy` takes'),
  size_bytes: z.int(),
  sha256: z.string().describe('64 hex digits'),
});

export const envVariable = z.object({ name: z.string(), value: z.string() });

/** A secret's value never leaves the agent. */
export const secret = z.object({ name: z.string(), set_at: time });

export const cronEntry = z.object({
  name: z.string(),
  schedule: z.string(),
  next_at: time.nullable().describe('null: it does not run again by itself'),
  running: z.boolean(),
  runs: z
    .array(
      z.object({
        started_at: time,
        ended_at: time.nullable(),
        status: z.int().nullable().describe('exit status; null while it runs, or where a signal ended it'),
        signal: z.string().nullable(),
        reason: z.string().nullable(),
      }),
    )
    .max(10)
    .describe('newest first'),
});

/** A change that happened, in the order of the agent; the id of the server-sent event is what `Last-Event-ID` resumes from. */
export const happening = z.object({
  seq: z.int(),
  at: time,
  app: z.string().nullable(),
  type: z
    .string()
    .describe(
      'of what, and what: `instance.ready`; `resync` where what was asked for is kept no longer, so everything is to be looked at anew',
    ),
  message: z.string(),
  instance: z.string().optional().describe('`app/1`, where it is of one'),
  deployment: id.optional().describe('where it is of one'),
});

export type Status = z.infer<typeof status>;
export type App = z.infer<typeof app>;
export type Traffic = z.infer<typeof traffic>;
export type TrafficFigures = z.infer<typeof trafficFigures>;
export type Instance = z.infer<typeof instance>;
export type Deployment = z.infer<typeof deployment>;
export type DeploymentWithSteps = z.infer<typeof deploymentWithSteps>;
export type Release = z.infer<typeof release>;
export type Plan = z.infer<typeof plan>;
export type Accepted = z.infer<typeof accepted>;
export type EnvChange = z.infer<typeof envChange>;
export type Uploaded = z.infer<typeof uploaded>;
export type EnvVariable = z.infer<typeof envVariable>;
export type Secret = z.infer<typeof secret>;
export type CronEntry = z.infer<typeof cronEntry>;
export type Done = z.infer<typeof done>;
export type LogLine = z.infer<typeof logLine>;
export type LogGap = z.infer<typeof logGap>;
export type LogItem = LogLine | LogGap;
export type AccessLine = z.infer<typeof accessLine>;
export type AccessItem = AccessLine | z.infer<typeof accessGap>;
export type Happening = z.infer<typeof happening>;
