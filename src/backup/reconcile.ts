import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import type { Configuration } from '../config/index.ts';
import { releaseOf, releasesOnDisk } from '../deployment/index.ts';
import { type AppKey, HASH_UNKNOWN, type RunRow, type Tables } from '../journal/index.ts';
import { type ReleaseDirectories, serviceLayout, siteLayout } from '../release/index.ts';

export interface Reconciled {
  /** Apps of which no release is on this host any more. */
  withoutRelease: string[];
}

/**
 * Makes a journal that is put back agree with what is on this host: what runs, and from which releases. `present` is the journal
 * that it replaces, null where there is none or it cannot be read; then the links of the apps say what is live. So what runs
 * goes on, with a journal that is older. Deployments that were going on when the backup was made are over.
 */
export function reconcile(
  tables: Tables,
  options: { configuration: Configuration; present: Tables | null; now: number },
): Reconciled {
  const { configuration, present, now } = options;
  tables.whole.endOpenDeployments('the journal was put back from a backup that was made meanwhile', now);
  const ours = tables.whole.highestNumbers();
  const theirs = present?.whole.highestNumbers();
  tables.whole.numberFrom({ ...ours, ...(theirs && highest(ours, theirs)) });
  // No reader of events may take what comes now for what came after what he has seen.
  tables.events.setEpoch({
    epoch: randomBytes(6).toString('hex'),
    beginsAfter: Math.max(ours.event, theirs?.event ?? 0),
  });
  const withoutRelease: string[] = [];
  for (const app of configuration.apps) {
    const key = { name: app.name, environment: app.environment };
    const layout =
      app.kind === 'site' ? siteLayout(app.root) : serviceLayout(configuration.dataDirectory, app.id);
    tables.addApp(key);
    if (present?.app(key)) takeFrom(present, tables, key);
    else takeFromDisk(tables, { key, layout, now });
    if (!forgetWhatIsGone(tables, { key, now })) withoutRelease.push(app.id);
    const numbers = tables.releases(key).map(({ number }) => number);
    tables.updateApp(key, {
      nextNumber: Math.max(tables.app(key)?.nextNumber ?? 1, ...numbers.map((number) => number + 1)),
    });
  }
  return { withoutRelease };
}

function highest<Numbers extends Record<string, number>>(a: Numbers, b: Numbers): Numbers {
  return Object.fromEntries(
    Object.entries(a).map(([table, number]) => [table, Math.max(number, b[table] ?? 0)]),
  ) as Numbers;
}

/** What the app is now, and what it runs. */
function takeFrom(present: Tables, tables: Tables, key: AppKey): void {
  const { name: _name, environment: _environment, ...app } = present.app(key) ?? {};
  tables.updateApp(key, app);
  for (const release of present.releases(key)) tables.putRelease(release);
  for (const row of tables.instances(key)) tables.removeInstance(key, row.unit);
  for (const row of present.instances(key)) {
    const { name: _n, environment: _e, unit, ...instance } = row;
    tables.addInstance(key, unit, instance.release);
    tables.updateInstance(key, unit, instance);
    const [run] = present.runsOf(key, unit, 1);
    if (run && run.endedAt === null) tables.putRun(unnumbered(run));
  }
  for (const ghost of present.ghosts(key)) tables.addGhost(ghost);
}

/** A number of another journal says nothing here. */
function unnumbered(run: RunRow): RunRow {
  const { number: _, ...row } = run as RunRow & { number?: number };
  return row;
}

/** As the journal is made anew where there is none: a release that runs is the way back. */
function takeFromDisk(
  tables: Tables,
  { key, layout, now }: { key: AppKey; layout: ReleaseDirectories; now: number },
): void {
  const found = releasesOnDisk(layout);
  const current = layout
    .currents()
    .map(releaseOf)
    .find((number) => number !== null && found.some((release) => release.number === number));
  for (const { number, version } of found) {
    const known = tables.release(key, number);
    if (known?.version === version) {
      if (known.removedAt !== null) tables.updateRelease(key, number, { removedAt: null });
      continue;
    }
    tables.putRelease({
      ...{ ...key, number, version, hash: null, commitId: null, state: 'retired', provenAt: null },
      ...{ directory: layout.releaseDirectory(number, version), createdAt: now, sizeBytes: null },
      removedAt: null,
    });
  }
  const app = tables.app(key);
  if (current === undefined || current === null || current === app?.live) return;
  if (app?.live) tables.updateRelease(key, app.live, { state: 'retired' });
  const live = tables.release(key, current);
  tables.updateRelease(key, current, { state: 'live', provenAt: live?.provenAt ?? now });
  tables.updateApp(key, {
    ...{ live: current, liveSince: now, actedVersion: live?.version ?? null, actedHash: HASH_UNKNOWN },
  });
  for (const row of tables.instances(key))
    tables.updateInstance(key, row.unit, { release: current, wantedGeneration: row.generation });
}

/** Whether what is live is there. Where it is not, the source's present offer is a new one. */
function forgetWhatIsGone(tables: Tables, { key, now }: { key: AppKey; now: number }): boolean {
  const app = tables.app(key);
  for (const { number, directory, removedAt, state } of tables.releases(key)) {
    if (removedAt !== null || fs.existsSync(directory)) continue;
    tables.updateRelease(key, number, {
      removedAt: now,
      ...(state === 'live' || state === 'ready' ? { state: 'retired' } : {}),
    });
    if (app?.live !== number) continue;
    tables.updateApp(key, {
      ...{ live: null, liveSince: null, actedVersion: null, actedHash: null, actedArchive: null },
    });
    for (const row of tables.instances(key)) tables.updateInstance(key, row.unit, { release: null });
  }
  return tables.app(key)?.live != null || app?.live == null;
}
