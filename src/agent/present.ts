import type * as api from '../api/index.ts';
import { appState, type Service } from '../deployment/index.ts';
import type { DeploymentRow, StepRow } from '../journal/index.ts';
import type { InstanceState, InstanceStateName } from '../supervisor/index.ts';

/** Rows and states in the shapes of the API. */
export function presentApp(service: Service, now: number): api.App {
  const { context, app } = service;
  const { journal, key, configuration, source } = context;
  const live = app.live === null ? null : journal.tables.release(key, app.live);
  const rows = service.replicas.rows();
  const instances = service.replicas
    .all()
    .filter(({ number }) => number <= configuration.replicas)
    .map(({ number, instance }) =>
      presentInstance(service, { number, state: instance.state, name: instance.stateName, now }),
    );
  return {
    app: context.id,
    name: key.name,
    environment: key.environment,
    kind: 'service',
    state: appState({
      deploying: service.queue.running !== null,
      stopped: app.stopped === 1,
      hasRelease: rows.some((row) => row.release !== null),
      instances: instances.map(({ state }, index) => ({ state, stopped: rows[index]?.stopped === 1 })),
    }),
    live: live && {
      number: live.number,
      version: live.version,
      commit: live.commitId,
      since: iso(app.liveSince ?? live.createdAt),
    },
    source: {
      state: source.condition.state,
      reason: source.condition.reason,
      at: iso(source.condition.at),
      offer: source.condition.offer?.version ?? null,
    },
    pinned: app.pinned,
    ghosted: journal.tables.ghosts(key).map(({ version, reason, at }) => ({ version, reason, at: iso(at) })),
    deployment: service.queue.running,
    instances,
  };
}

function presentInstance(
  service: Service,
  options: { number: number; state: InstanceState; name: InstanceStateName; now: number },
): api.Instance {
  const { number, state, name, now } = options;
  const { context } = service;
  const { port } = context.configuration;
  const run = 'run' in state.phase ? state.phase.run : null;
  const release = run?.release ?? state.wanted.release;
  const lastExit = state.lastExit ?? storedExit(service, number);
  return {
    instance: `${context.id}/${number}`,
    state: name,
    reason: state.reason,
    version:
      release === null ? null : (context.journal.tables.release(context.key, release)?.version ?? null),
    pid: run?.pid ?? null,
    port: port === null ? null : port + number - 1,
    uptime_s: run ? Math.max(0, Math.round((now - run.startedAt) / 100) / 10) : null,
    restarts: state.restarts,
    last_exit: lastExit && {
      status: lastExit.status,
      signal: lastExit.signal,
      reason: lastExit.reason,
      at: iso(lastExit.at),
    },
    deployment_kind: 'full',
    otp: null,
  };
}

function storedExit(service: Service, number: number): InstanceState['lastExit'] {
  const text = service.replicas.row(number).lastExit;
  return text === null ? null : (JSON.parse(text) as InstanceState['lastExit']);
}

export function presentDeployment(app: string, row: DeploymentRow): api.Deployment {
  return {
    id: row.id,
    app,
    number: row.release,
    version: row.version,
    commit: row.commitId,
    kind: row.kind,
    state: row.state,
    trigger: row.triggerBy,
    actor: row.actor,
    reason: row.reason,
    started_at: row.startedAt === null ? null : iso(row.startedAt),
    ended_at: row.endedAt === null ? null : iso(row.endedAt),
  };
}

export function presentStep(
  row: StepRow,
  options: { app: string; output: readonly string[] | null; now: number },
): api.DeploymentWithSteps['steps'][number] {
  const { app, output, now } = options;
  return {
    name: row.argument === null ? row.name : `${row.name}: ${row.argument}`,
    instance: row.instance === null ? null : `${app}/${row.instance}`,
    state: row.state,
    started_at: row.startedAt === null ? null : iso(row.startedAt),
    duration_ms: row.startedAt === null ? null : Math.max(0, (row.endedAt ?? now) - row.startedAt),
    reason: row.reason,
    output: output ? [...output] : (JSON.parse(row.output) as string[]),
  };
}

export function presentReleases(service: Service): api.Release[] {
  const { journal, key } = service.context;
  return journal.tables
    .releases(key)
    .filter((row) => row.removedAt === null)
    .map((row) => ({
      number: row.number,
      version: row.version,
      commit: row.commitId,
      state: row.state,
      proven: row.provenAt !== null,
      directory: row.directory,
      created_at: iso(row.createdAt),
      size_bytes: row.sizeBytes,
    }));
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
