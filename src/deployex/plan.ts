import type { DeployexApp } from './found.ts';
import type { DeployexStorage, VersionRecord } from './storage.ts';

/** What becomes of one app. */
export interface AppPlan {
  name: string;
  /** What is live there, and where its release lies; null where nothing of it can be taken: then its source's offer is deployed. */
  live: { record: VersionRecord; directory: string } | null;
  /** Why nothing is. */
  why: string | null;
  deployments: PastDeployment[];
  ghosts: { version: string; at: number }[];
  pinned: string | null;
}

export interface PastDeployment {
  version: string;
  hash: string | null;
  preCommands: string[];
  kind: 'full' | 'hot';
  state: 'succeeded' | 'failed' | 'rolled_back';
  startedAt: number;
  endedAt: number;
}

/** Records of instances that get a version one after the other are one deployment: so far apart at most. */
const SAME_WITHIN_MS = 3_600_000;

/**
 * Pure. `directoryOf`: where the release lies that an instance of DeployEx runs; null where there is none.
 */
export function planApp(app: DeployexApp, storage: DeployexStorage, directory: string | null): AppPlan {
  const last = storage.history.at(-1);
  const why = whyNot(app, last, directory);
  return {
    name: app.name,
    live: why === null && last && directory !== null ? { record: last, directory } : null,
    why,
    deployments: deploymentsOf(storage.history),
    ghosts: storage.ghosted.map(({ version, at }) => ({ version, at })),
    pinned: storage.pinned,
  };
}

function whyNot(app: DeployexApp, last: VersionRecord | undefined, directory: string | null): string | null {
  if (!last) return 'nothing was deployed there';
  if (directory === null) return 'there is no release of it';
  if (app.language === 'gleam') return 'a release of Gleam is taken from its source alone';
  if (last.kind === 'hot')
    return 'it was upgraded while it ran: what lies there is several releases, and none as it was packed';
  return null;
}

function deploymentsOf(history: readonly VersionRecord[]): PastDeployment[] {
  const deployments: PastDeployment[] = [];
  for (const { version, hash, preCommands, kind, outcome, at } of history) {
    const before = deployments.at(-1);
    const isSame =
      before?.version === version && before.hash === hash && at - before.endedAt <= SAME_WITHIN_MS;
    const state = outcome === 'rolled_back' ? 'rolled_back' : outcome === 'error' ? 'failed' : 'succeeded';
    if (before && isSame) {
      before.endedAt = Math.max(before.endedAt, at);
      if (state !== 'succeeded') before.state = state;
    } else deployments.push({ version, hash, preCommands, kind, state, startedAt: at, endedAt: at });
  }
  return deployments;
}
