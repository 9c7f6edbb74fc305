import type { App } from '../../../api/pages/index.ts';
import { stateWord, versionText } from '../../../wording/index.ts';
import { Ago, InstanceDots, StateBadge } from '../../components/index.ts';
import { SourceText } from './source-text.tsx';

/** One app: the link is its id, and all of the row leads there. */
export function AppRow({ app }: { app: App }) {
  const { app: id, live, instances, environment, kind, deployment } = app;
  return (
    <li class="app-row">
      <div class="app-name">
        <a href={`/apps/${encodeURIComponent(id)}`}>{id}</a>
        <span class="muted small">
          {kind}
          {id.includes('@') ? '' : ` · ${environment}`}
        </span>
      </div>
      <div class="app-state">
        <StateBadge state={app.state} />
        {app.maintenance && <span class="badge tone-moving">maintenance</span>}
        {app.pinned !== null && <span class="badge">pinned</span>}
      </div>
      <div class="app-live">
        {live === null ? (
          <span class="muted">nothing live</span>
        ) : (
          <>
            <span class="version cut" title={live.version}>
              {versionText(live.version)}
            </span>
            <span class="muted small">
              <Ago at={live.since} />
            </span>
          </>
        )}
      </div>
      <div class="app-instances">
        {instances.length > 0 || kind === 'service' ? (
          <InstanceDots instances={instances} shown={12} />
        ) : null}
      </div>
      <div class="app-source small">
        {deployment === null ? (
          <>
            <SourceText app={app} />
            <LastDeployment app={app} />
          </>
        ) : (
          <a href={`/deployments/${deployment}`} class="raised">
            Deployment {deployment} runs
          </a>
        )}
      </div>
    </li>
  );
}

/** What it did last. */
function LastDeployment({ app: { last_deployment: last } }: { app: App }) {
  if (last === null) return null;
  return (
    <div class="muted">
      <a href={`/deployments/${last.id}`} class="raised muted">
        Deployment {last.id} {stateWord(last.state)}
      </a>{' '}
      <Ago at={last.at} />
    </div>
  );
}
