import type * as api from '../api/index.ts';
import { type App, appState, type PlannedDeployment } from '../app/index.ts';
import type { AppKey, DeploymentRow, Journal, ReleaseRow, StepRow } from '../journal/index.ts';
import { safeText } from '../kernel/index.ts';
import { Site } from '../site/index.ts';
import { ageMs, type Instance } from '../supervisor/index.ts';
import { presentFigures, presentTraffic } from './present-traffic.ts';
import type { Front, TrafficWatch } from './proxy/index.ts';

/** Rows and states in the shapes of the API. */
export function presentApp(app: App, { front, traffic }: { front: Front; traffic: TrafficWatch }): api.App {
  const site = app instanceof Site ? app : null;
  const { context, row } = app;
  const { journal, key, configuration, source } = context;
  const live = row.live === null ? null : journal.tables.release(key, row.live);
  const tried = app.automatic.tried();
  const figures = front.isBefore(context.id) ? traffic.figures(context.id) : null;
  const rows = app.instances.rows();
  const versions = Map.groupBy(journal.tables.history.versions(key), ({ unit }) => unit);
  const deployments = new Map(journal.tables.history.lastDeployments(key).map((last) => [last.unit, last]));
  const instances = rows.flatMap(({ unit }) => {
    const instance = app.instances.get(unit);
    if (!instance) return [];
    const last = deployments.get(unit) ?? deployments.get(null);
    return {
      ...presentInstance(app, { unit, instance, front }),
      // Workers of a site are sent nothing.
      traffic: figures && site === null ? presentFigures(figures.instance(unit)) : null,
      versions: (versions.get(unit) ?? []).map(({ version, since }) => ({ version, since: iso(since) })),
      last_deployment: last ? { id: last.id, state: last.state } : null,
    };
  });
  return {
    app: context.id,
    name: key.name,
    environment: key.environment,
    kind: configuration.kind,
    state: appState({
      deploying: app.queue.running !== null,
      stopped: row.stopped,
      hasRelease: row.live !== null || rows.some(({ release }) => release !== null),
      isWhole: site ? site.isWhole : null,
      instances: instances.map(({ state }, index) => ({ state, stopped: rows[index]?.stopped === true })),
    }),
    live: live && {
      number: live.number,
      version: live.version,
      commit: live.commitId,
      since: iso(row.liveSince ?? live.createdAt),
    },
    source: {
      state: source.condition.state,
      reason: source.condition.reason && safeText(source.condition.reason),
      at: iso(source.condition.at),
      offer: source.condition.offer?.version ?? null,
      tried: tried && { deployment: tried.id, state: tried.state, reason: tried.reason },
    },
    pinned: row.pinned,
    ghosted: journal.tables.ghosts(key).map(({ version, reason, at }) => ({ version, reason, at: iso(at) })),
    deployment: app.queue.running,
    promotable: app.queue.waitsForPerson,
    last_deployment: presentLast(journal, key),
    maintenance: isInMaintenance(app, front),
    stray: site?.stray ?? null,
    traffic: figures && presentTraffic(figures),
    instances,
  };
}

/** Whether visitors get its page. */
export function isInMaintenance(app: App, front: Front): boolean {
  return (app instanceof Site && app.isInMaintenance) || front.isInMaintenance(app.context.id);
}

/** Of one app, one runs at most and one waits; the third has ended. */
const LAST_AT_MOST = 3;

/** The last deployment that has ended. */
export function presentLast({ tables }: Journal, key: AppKey): api.App['last_deployment'] {
  for (const { id, version, state, endedAt } of tables.deployments(key, LAST_AT_MOST))
    if (endedAt !== null) return { id, version, state, at: iso(endedAt) };
  return null;
}

type Past = 'versions' | 'last_deployment' | 'traffic';

function presentInstance(
  app: App,
  options: { unit: string; instance: Instance; front: Front },
): Omit<api.Instance, Past> {
  const { unit, instance, front } = options;
  const { state } = instance;
  const { context } = app;
  const run = 'run' in state.phase ? state.phase.run : null;
  const release = run?.release ?? state.wanted.release;
  const lastExit = state.lastExit ?? app.instances.row(unit).lastExit;
  const usage = run ? context.runs.usage(run) : null;
  return {
    instance: `${context.id}/${unit}`,
    state: instance.stateName,
    reason: safeText(instance.reason),
    version:
      release === null ? null : (context.journal.tables.release(context.key, release)?.version ?? null),
    pid: run?.pid ?? null,
    port: app.instances.port(unit),
    slot: front.isBefore(context.id) && !(app instanceof Site) ? instance.slot : null,
    successor: presentSuccessor(app, unit),
    uptime_s: run ? Math.round(ageMs(run) / 100) / 10 : null,
    restarts: state.restarts,
    memory_bytes: usage?.memoryBytes ?? null,
    cpu_percent: usage?.cpuPercent ?? null,
    oom_kills: app.instances.row(unit).oomKills + (usage?.oomKills ?? 0),
    last_exit: lastExit && {
      status: lastExit.status,
      signal: lastExit.signal,
      reason: lastExit.reason,
      at: iso(lastExit.at),
    },
    deployment_kind: run?.kind ?? 'full',
    otp: app.node(unit),
  };
}

/** The one that is to take its place. */
function presentSuccessor(app: App, unit: string): api.Instance['successor'] {
  const { journal, key } = app.context;
  const successor = app.instances.successor(unit);
  if (successor === null) return null;
  const { run, state } = successor;
  const release = run?.release ?? state.wanted.release;
  const version = release === null ? null : (journal.tables.release(key, release)?.version ?? null);
  return { version, state: successor.stateName, pid: run?.pid ?? null, port: successor.port };
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
  options: { app: string; output: readonly string[] | null; lastedMs: number | null; now: number },
): api.DeploymentWithSteps['steps'][number] {
  const { app, output, lastedMs, now } = options;
  return {
    name: row.argument === null ? row.name : `${row.name}: ${row.argument}`,
    instance: row.unit === null ? null : `${app}/${row.unit}`,
    state: row.state,
    started_at: row.startedAt === null ? null : iso(row.startedAt),
    duration_ms:
      row.startedAt === null ? null : (lastedMs ?? Math.max(0, (row.endedAt ?? now) - row.startedAt)),
    reason: row.reason,
    output: [...(output ?? row.output)],
  };
}

export function presentComparison(
  app: string,
  comparison: NonNullable<PlannedDeployment['comparison']>,
): NonNullable<api.Plan['upgrade']> {
  if (comparison.kind === 'full') return { reason: comparison.reason, applications: [], lingering: [] };
  const applications = comparison.applications.map(({ modules, instructions, ...change }) => ({
    ...change,
    modules: [...modules],
    instructions: [...instructions],
  }));
  const lingering = comparison.lingering.map(({ unit, module, processes, names }) => ({
    ...{ instance: `${app}/${unit}`, module, processes },
    names: [...names],
  }));
  return { reason: null, applications, lingering };
}

/** `stray`: what the link of a site leads to where that is not the live release. */
export function presentReleases(rows: ReleaseRow[], stray: api.App['stray'] = null): api.Release[] {
  return rows.map((row) => ({
    ...(stray && row.state === 'live' ? { stray } : {}),
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
