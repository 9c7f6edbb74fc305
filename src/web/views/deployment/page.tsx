import { useSignal } from '@preact/signals';
import { deploymentTone, stateWord, withShortCommits } from '../../../wording/index.ts';
import { browserClock } from '../../browser/index.ts';
import {
  ActionDialog,
  Ago,
  Command,
  Empty,
  Loading,
  PageHead,
  ProblemBox,
  StateBadge,
  sentence,
  Took,
  Version,
} from '../../components/index.ts';
import { useModel, useSlipway } from '../../context/index.ts';
import { createDeployment } from '../../models/index.ts';
import { Failure } from './failure.tsx';
import { Steps } from './steps.tsx';

/** One deployment: how far it is, how long each step takes, what it says, and why it failed. */
export function Page({ parameters }: { parameters: Readonly<Record<string, string>> }) {
  const id = Number(parameters['id']);
  const { session } = useSlipway();
  const asks = useSignal(false);
  const asksPromotion = useSignal(false);
  const model = useModel((slipway) => createDeployment({ ...slipway, clock: browserClock }, id), [id]);
  const deployment = model.deployment.value;
  const problem = model.problem.value;
  if (deployment === null) {
    if (problem?.status === 404)
      return (
        <Empty title={`There is no deployment ${parameters['id'] ?? ''}`}>
          <a href="/">To the overview</a>
        </Empty>
      );
    return (
      <>
        <PageHead title={`Deployment ${id}`} />
        {problem === null ? <Loading lines={6} /> : <ProblemBox problem={problem} />}
      </>
    );
  }
  const { app, version, kind, state, trigger, actor, reason, started_at, ended_at, number } = deployment;
  const isOpen = state === 'queued' || state === 'running';
  return (
    <>
      <PageHead
        crumbs={<a href={`/apps/${encodeURIComponent(app)}`}>{app}</a>}
        title={
          <>
            Deployment {id} <StateBadge state={state} tone={deploymentTone(state)} />
          </>
        }
        about={
          <>
            <Version version={version} /> · {kind}
            {number !== null && ` · release ${number}`} · by{' '}
            {trigger === 'auto' ? 'automatic deployment' : actor}
            {started_at !== null && (
              <>
                {' · '}
                <Ago at={started_at} focusable />
                {' · '}
                <Took from={started_at} to={ended_at} />
              </>
            )}
          </>
        }
      >
        {deployment.waits_for != null && session.may('deployer', app) && (
          <button
            type="button"
            class="button"
            onClick={() => {
              asksPromotion.value = true;
            }}
          >
            Promote
          </button>
        )}
        {isOpen && session.may('deployer', app) && (
          <button
            type="button"
            class="button"
            onClick={() => {
              asks.value = true;
            }}
          >
            Cancel deployment
          </button>
        )}
      </PageHead>
      {state === 'queued' && (
        <div class="note tone-moving">
          <span class="text">It waits for the deployment that runs now.</span>
        </div>
      )}
      {deployment.waits_for != null && (
        <div class="note tone-moving">
          <span class="text">Its canary waits for: {deployment.waits_for}</span>
        </div>
      )}
      <Failure deployment={deployment} />
      {reason !== null && (state === 'superseded' || state === 'cancelled') && (
        <div class="note">
          <span class="text">
            <strong>{sentence(stateWord(state))}:</strong> {withShortCommits(reason)}
          </span>
        </div>
      )}
      <Steps model={model} />
      <section class="section" aria-label="Command line">
        <Command title="The same on the command line" text={`slipway show ${id}${isOpen ? ' -f' : ''}`} />
      </section>
      {asksPromotion.value && (
        <ActionDialog
          title={`Promote deployment ${id}`}
          verb="Promote"
          action={model.promote}
          input={undefined}
          command={`slipway promote ${id}`}
          onClose={() => {
            asksPromotion.value = false;
          }}
        >
          <p>Its canary ends, and its release is rolled out on all instances.</p>
        </ActionDialog>
      )}
      {asks.value && (
        <ActionDialog
          title={`Cancel deployment ${id}`}
          verb="Cancel deployment"
          action={model.cancel}
          input={undefined}
          danger
          command={`slipway cancel ${id}`}
          onClose={() => {
            asks.value = false;
          }}
        >
          <p>It is stopped, and what was live stays live.</p>
        </ActionDialog>
      )}
    </>
  );
}
