import type { AppKey, DeploymentRow, Tables } from '../journal/index.ts';

/**
 * The app is pinned to what a deployment is to make live, from now on: automatic deployment does not come in between.
 * What it was pinned to before is kept with the deployment, for one that does not go live. Null: it is pinned no longer.
 */
export function recordPin(
  tables: Tables,
  { key, deployment, pinned }: { key: AppKey; deployment: number; pinned: string | null },
): void {
  const pinnedBefore = pinned === null ? null : JSON.stringify(tables.app(key)?.pinned ?? null);
  tables.updateDeployment(deployment, { pinnedBefore });
  tables.updateApp(key, { pinned });
}

/** The deployment has ended and is not live: the app is pinned as it was before, or what waits has pinned it meanwhile. */
export function restorePin(tables: Tables, { id, name, environment }: DeploymentRow): void {
  const pinnedBefore = tables.deployment(id)?.pinnedBefore ?? null;
  if (pinnedBefore === null) return;
  const later = tables
    .openDeployments({ name, environment })
    .find((row) => row.id > id && row.pinnedBefore !== null);
  if (later) tables.updateDeployment(later.id, { pinnedBefore });
  else tables.updateApp({ name, environment }, { pinned: JSON.parse(pinnedBefore) as string | null });
}

/** Sets the pin of a person, whatever becomes of the deployments that have not ended. */
export function setPin(tables: Tables, key: AppKey, pinned: string | null): void {
  for (const { id } of tables.openDeployments(key)) tables.updateDeployment(id, { pinnedBefore: null });
  tables.updateApp(key, { pinned });
}
