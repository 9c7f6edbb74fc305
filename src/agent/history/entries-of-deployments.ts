import type { DeploymentRow } from '../../journal/index.ts';
import { shortVersion } from '../../release/index.ts';
import { type Entry, entry } from './entry.ts';

export function deploymentBegun(app: string, row: DeploymentRow): Entry {
  const by = row.triggerBy === 'auto' ? 'by itself' : `by ${row.actor}`;
  return ofDeployment(app, row, { at: row.startedAt ?? 0, text: `${label(row)} begins, ${by}` });
}

export function deploymentEnded(app: string, row: DeploymentRow): Entry {
  const { state, reason } = row;
  return ofDeployment(app, row, {
    at: row.endedAt ?? 0,
    text: `${label(row)} ${state.replace('_', ' ')}${reason === null ? '' : `: ${reason}`}`,
    is_bad: state === 'failed' || state === 'rolled_back',
    // It may have begun in the same moment.
    rank: 1.5,
  });
}

function ofDeployment(app: string, row: DeploymentRow, given: Pick<Entry, 'at' | 'text'> & Partial<Entry>) {
  const { id, version, actor, triggerBy } = row;
  return entry({
    ...{ kind: 'deployment', app, release: version, deployment: id },
    actor: triggerBy === 'auto' ? null : actor,
    ...given,
  });
}

function label({ id, kind, version }: DeploymentRow): string {
  if (kind === 'env') return `deployment ${id} of a new .env`;
  if (kind === 'rollback') return `deployment ${id}, back to ${shortVersion(version)},`;
  return `deployment ${id} of ${shortVersion(version)}`;
}
