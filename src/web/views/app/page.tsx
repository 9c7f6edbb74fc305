import { useEffect } from 'preact/hooks';
import {
  Ago,
  Empty,
  Icon,
  Loading,
  PageHead,
  ProblemBox,
  StateBadge,
  Version,
} from '../../components/index.ts';
import { useModel, useSlipway } from '../../context/index.ts';
import { createApp, createAppActions } from '../../models/index.ts';
import { AppButtons } from './buttons.tsx';
import { CronSection } from './cron.tsx';
import { DeploymentsSection } from './deployments.tsx';
import { AppDialogs, createDialogs } from './dialogs.tsx';
import { InstancesSection } from './instances.tsx';
import { Notes } from './notes.tsx';
import { ReleasesSection } from './releases.tsx';
import { TrafficSection } from './traffic.tsx';
import { EnvironmentSection, SecretsSection } from './variables.tsx';

/** One app: what runs, what was deployed, what can be gone back to, and everything that can be done with it. */
export function Page({ parameters }: { parameters: Readonly<Record<string, string>> }) {
  const id = parameters['app'] ?? '';
  const { status, session } = useSlipway();
  const model = useModel((slipway) => createApp(slipway, id), [id]);
  const actions = useModel((slipway) => createAppActions(slipway, id), [id]);
  const dialogs = useModel(() => createDialogs(), [id]);
  const app = model.app.value;
  const seesSecrets = app !== null && session.may('deployer', id);
  // Nothing but its secrets can be changed of an app that waits for one: all else is refused.
  const mayDeploy = seesSecrets && app.waits_for === undefined;
  const isSite = app?.kind === 'site';
  useEffect(() => (seesSecrets ? model.startSecrets() : undefined), [seesSecrets, model]);
  useEffect(() => (isSite && mayDeploy ? model.startSite() : undefined), [isSite, mayDeploy, model]);
  useEffect(() => (mayDeploy ? model.startCron() : undefined), [mayDeploy, model]);

  if (app === null) {
    if (status.status.value === null)
      return (
        <>
          <PageHead title={id} />
          {status.problem.value === null ? <Loading /> : <ProblemBox problem={status.problem.value} />}
        </>
      );
    return (
      <>
        <PageHead title={id} />
        <Empty title={`No app “${id}” is configured`} command="slipway config show">
          <a href="/">To the overview</a>
        </Empty>
      </>
    );
  }
  const parts = { app, model, actions, dialogs, mayDeploy };
  return (
    <>
      <PageHead
        title={
          <>
            {app.app} <StateBadge state={app.state} />
          </>
        }
        about={
          app.live === null ? (
            'Nothing is live yet'
          ) : (
            <>
              {app.kind === 'site' ? `Release ${app.live.number}, ` : ''}
              <Version version={app.live.version} /> went live <Ago at={app.live.since} focusable />
            </>
          )
        }
      >
        {mayDeploy && <AppButtons {...parts} />}
      </PageHead>
      <nav class="tabs" aria-label={`More of ${app.app}`}>
        <a href={`/logs?app=${encodeURIComponent(app.app)}`}>
          <Icon name="logs" />
          Logs
        </a>
        <a href={`/timeline?app=${encodeURIComponent(app.app)}`}>
          <Icon name="timeline" />
          Timeline
        </a>
        {session.may('admin') && (
          <a href={`/audit?app=${encodeURIComponent(app.app)}`}>
            <Icon name="audit" />
            Audit
          </a>
        )}
      </nav>
      <Notes {...parts} />
      <InstancesSection {...parts} />
      <TrafficSection app={app} />
      <DeploymentsSection {...parts} />
      <ReleasesSection {...parts} />
      {isSite && mayDeploy && <EnvironmentSection {...parts} />}
      {seesSecrets && <SecretsSection {...parts} />}
      {mayDeploy && <CronSection {...parts} />}
      <AppDialogs {...parts} />
    </>
  );
}
