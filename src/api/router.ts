import { withEventMeta } from '@orpc/client';
import { implement } from '@orpc/server';
import type { IdentifiedLine, LogQuery } from './backend.ts';
import type { Context } from './context.ts';
import { contract } from './contract.ts';
import { paged, pageOf } from './paging.ts';
import { knows } from './policy.ts';
import { accessHandlers } from './router-access.ts';
import { visibleEvents, visibleStatus } from './visible.ts';

const os = implement(contract).$context<Context>();

/** Each operation of the contract, handed on to the backend. */
export const router = os.router({
  ...accessHandlers,
  status: os.status.handler(async ({ context, input }) =>
    visibleStatus(await context.backend.status(input.app), context.caller.principal),
  ),
  releases: os.releases.handler(({ context: { backend, next }, input }) =>
    paged(input, {
      look: (page) => pageOf(backend.releases(input.app), page, ({ number }) => number),
      keyOf: ({ number }) => number,
      next,
    }),
  ),
  deployments: os.deployments.handler(({ context: { backend, next }, input }) =>
    paged(input, {
      look: (page) => backend.deployments(input.app, page),
      keyOf: ({ id }) => id,
      next,
    }),
  ),
  deployment: os.deployment.handler(({ context, input }) => context.backend.deployment(input.id)),
  followDeployment: os.followDeployment.handler(({ context, input, signal }) => {
    context.backend.deployment(input.id); // an unknown one is an answer of 404, not an event
    return iteratorOf(context.backend.followDeployment(input.id, signalOf(signal)));
  }),
  planDeploy: os.planDeploy.handler(({ context, input }) => context.backend.planDeploy(input)),
  deploy: os.deploy.handler(({ context: { backend, caller }, input }) =>
    backend.deploy({ ...input, caller }),
  ),
  planRollback: os.planRollback.handler(({ context, input }) => context.backend.planRollback(input)),
  rollback: os.rollback.handler(({ context: { backend, caller }, input }) =>
    backend.rollback({ ...input, caller }),
  ),
  promote: os.promote.handler(({ context: { backend, caller }, input }) =>
    backend.promote({ ...input, caller }),
  ),
  cancel: os.cancel.handler(({ context: { backend, caller }, input }) =>
    backend.cancel({ ...input, caller }),
  ),
  pin: os.pin.handler(({ context: { backend, caller }, input }) => backend.pin({ ...input, caller })),
  unpin: os.unpin.handler(({ context: { backend, caller }, input }) => backend.unpin({ ...input, caller })),
  ghost: os.ghost.handler(({ context: { backend, caller }, input }) => backend.ghost({ ...input, caller })),
  unghost: os.unghost.handler(({ context: { backend, caller }, input }) =>
    backend.unghost({ ...input, caller }),
  ),
  restart: os.restart.handler(({ context: { backend, caller }, input }) =>
    backend.restart({ ...input, caller }),
  ),
  stop: os.stop.handler(({ context: { backend, caller }, input }) => backend.stop({ ...input, caller })),
  start: os.start.handler(({ context: { backend, caller }, input }) => backend.start({ ...input, caller })),
  runs: os.runs.handler(({ context: { backend, next }, input }) =>
    paged(input, {
      look: (page) => backend.runs(input, page),
      keyOf: ({ number }) => number,
      next,
    }),
  ),
  timeline: os.timeline.handler(({ context: { backend, caller, next }, input }) => {
    const { entries, next: older } = backend.timeline(input, caller.principal.apps);
    if (older !== null) next(older);
    return entries;
  }),
  stepMedians: os.stepMedians.handler(({ context, input }) => context.backend.stepMedians(input)),
  vm: os.vm.handler(({ context, input }) => context.backend.vm(input)),
  env: os.env.handler(({ context, input }) => context.backend.env(input.app)),
  envNames: os.envNames.handler(async ({ context, input }) =>
    (await context.backend.env(input.app)).map(({ name }) => name),
  ),
  changeEnv: os.changeEnv.handler(({ context: { backend, caller }, input }) =>
    backend.changeEnv({ ...input, caller }),
  ),
  secrets: os.secrets.handler(({ context, input }) => context.backend.secrets(input.app)),
  changeSecrets: os.changeSecrets.handler(({ context: { backend, caller }, input }) =>
    backend.changeSecrets({ ...input, caller }),
  ),
  setMaintenance: os.setMaintenance.handler(({ context: { backend, caller }, input }) =>
    backend.setMaintenance({ ...input, caller }),
  ),
  cron: os.cron.handler(({ context, input }) => context.backend.cron(input.app)),
  runCron: os.runCron.handler(({ context: { backend, caller }, input }) =>
    backend.runCron({ ...input, caller }),
  ),
  logs: os.logs.handler(({ context, input, signal, lastEventId }) => {
    const { app, instance, ...asked } = input;
    const query = { ...asked, after: lastEventId ?? null };
    const lines = context.backend.logs({ app, instance, query, signal: signalOf(signal) });
    return linesOf(lines, { query, next: context.next });
  }),
  accessLog: os.accessLog.handler(({ context, input, signal, lastEventId }) => {
    const { app, instance, ...asked } = input;
    const query = { ...asked, after: lastEventId ?? null };
    const requests = context.backend.accessLog({ app, instance, query, signal: signalOf(signal) });
    return withIds(requests, ({ resume }) => resume);
  }),
  agentLogs: os.agentLogs.handler(({ context, input, signal, lastEventId }) => {
    const query = { ...input, after: lastEventId ?? null };
    const lines = context.backend.agentLogs({ query, signal: signalOf(signal) });
    return linesOf(lines, { query, next: context.next });
  }),
  consoles: os.consoles.handler(({ context: { backend, caller } }) =>
    backend.consoles().filter(({ app }) => knows(caller.principal, app)),
  ),
  endConsole: os.endConsole.handler(({ context: { backend, caller }, input }) =>
    backend.endConsole({ ...input, caller }),
  ),
  host: os.host.handler(({ context }) => context.backend.host()),
  doctor: os.doctor.handler(({ context }) => context.backend.doctor()),
  certificates: os.certificates.handler(({ context: { backend, caller } }) =>
    backend.certificates().filter(({ app }) => knows(caller.principal, app)),
  ),
  renewCertificates: os.renewCertificates.handler(({ context: { backend, caller }, input }) =>
    backend.renewCertificates({ ...input, caller }),
  ),
  endAgent: os.endAgent.handler(({ context: { backend, caller } }) => backend.endAgent({ caller })),
  events: os.events.handler(({ context, input, signal, lastEventId }) => {
    const after = lastEventId ?? input.after;
    const happenings = context.backend.events({ after, signal: signalOf(signal) });
    return withIds(visibleEvents(happenings, context.caller.principal), (happening) => happening.id);
  }),
  configuration: os.configuration.handler(({ context }) => context.backend.configuration()),
  planConfiguration: os.planConfiguration.handler(({ context }) => context.backend.planConfiguration()),
  applyConfiguration: os.applyConfiguration.handler(({ context: { backend, caller } }) =>
    backend.applyConfiguration({ caller }),
  ),
});

/** Lines with their ids. Those of a page that has older ones come behind a link to these, so the first one is waited for. */
async function linesOf(
  lines: AsyncIterable<IdentifiedLine>,
  { query, next }: { query: LogQuery; next: (before: string) => void },
): Promise<AsyncGenerator<IdentifiedLine>> {
  const named = withIds(lines, (line) => line.resume ?? null);
  if (query.follow || (query.lines === null && query.before === null)) return named;
  const first = await named.next();
  if (first.done) return named;
  if ('before' in first.value && first.value.before !== undefined) next(first.value.before);
  return startingWith(first.value, named);
}

async function* startingWith<T>(first: T, rest: AsyncIterable<T>) {
  yield first;
  yield* rest;
}

/** Gives each value of a stream the id that `Last-Event-ID` resumes from. */
async function* withIds<T extends object>(values: AsyncIterable<T>, idOf: (value: T) => string | null) {
  for await (const value of values) {
    const id = idOf(value);
    yield id === null ? value : withEventMeta(value, { id });
  }
}

async function* iteratorOf<T>(values: AsyncIterable<T>) {
  yield* values;
}

function signalOf(signal: AbortSignal | undefined): AbortSignal {
  return signal ?? new AbortController().signal;
}
