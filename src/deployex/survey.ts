import fs from 'node:fs';
import path from 'node:path';
import type { DeployexConfiguration } from './found.ts';
import { type AppPlan, planApp } from './plan.ts';
import { findRunning, type RunningInstance } from './running.ts';
import { type DeployexStorage, readSmall, readStorage } from './storage.ts';
import type { DeployexUnit } from './unit.ts';

/** What there is of DeployEx on this host, and what would become of it. Nothing is changed. */
export interface Survey {
  plans: AppPlan[];
  /** Files of its history that nothing can be read of. */
  unreadable: string[];
  /** Those that go on as they are; empty where none runs, or `restart` says why not. */
  running: RunningInstance[];
  /** Why its apps are started anew; null where they go on, or none runs. */
  restart: string | null;
  mainPid: number;
}

export function survey(found: DeployexConfiguration, unit: DeployexUnit | null): Survey {
  const storages = found.apps.map((app) => readStorage(found.dataFolder, app.name));
  const plans = found.apps.map((app, index) => {
    const storage = storages[index] as DeployexStorage;
    return planApp(app, storage, directoryOf(found.dataFolder, app.name, storage.history.at(-1)?.version));
  });
  const mainPid = unit?.mainPid ?? 0;
  const base = { plans, unreadable: storages.flatMap(({ unreadable }) => unreadable), mainPid };
  if (unit === null || mainPid === 0) return { ...base, running: [], restart: null };
  const restart = (why: string): Survey => ({ ...base, running: [], restart: why });
  if (unit.killMode !== 'process')
    return restart(`KillMode=${unit.killMode} of its unit ends all that it has started`);
  const lost = plans.find(({ live }) => live === null);
  if (lost) return restart(`${lost.name}: ${lost.why}`);
  const running = found.apps.map((app) => findRunning(app, { dataFolder: found.dataFolder, mainPid }));
  const why = running.find((each) => each.why !== null)?.why;
  return why
    ? restart(why)
    : { ...base, running: running.flatMap(({ instances }) => instances), restart: null };
}

/** Where a release of that version lies that an instance runs; null where there is none. */
function directoryOf(dataFolder: string, app: string, version: string | undefined): string | null {
  const place = path.join(dataFolder, 'service', app);
  if (version === undefined || !fs.existsSync(place)) return null;
  const found = fs
    .readdirSync(place)
    .sort()
    .map((name) => path.join(place, name, 'current'))
    .find((directory) => versionIn(directory) === version);
  return found ?? null;
}

/** `<erts> <version>` (OTP, "Release Handling"). */
function versionIn(directory: string): string | null {
  try {
    const text = readSmall(path.join(directory, 'releases', 'start_erl.data')).toString('utf8', 0, 1000);
    return text.trim().split(/\s+/)[1] ?? null;
  } catch {
    return null;
  }
}
