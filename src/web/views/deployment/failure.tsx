import type { DeploymentWithSteps } from '../../../api/pages/index.ts';
import { isTolerated, stateWord, stepName, withShortCommits } from '../../../wording/index.ts';
import { Command, sentence } from '../../components/index.ts';
import { Output } from './output.tsx';

const LINES_SHOWN = 12;

/** Why it failed: the first step that did, its last words, and what to do next. */
export function Failure({ deployment }: { deployment: DeploymentWithSteps }) {
  const { state, reason, steps, app, id } = deployment;
  if (state !== 'failed' && state !== 'rolled_back') return null;
  const step = steps.find((each, index) => each.state === 'failed' && !isTolerated(deployment, index));
  const instance = step?.instance ?? null;
  return (
    <div class="problem failure" role="alert">
      <p>
        <strong>{state === 'failed' ? 'It failed' : `It was ${stateWord(state)}`}</strong>
        {step !== undefined && (
          <>
            {' '}
            at <span class="mono">{stepName(step)}</span>
          </>
        )}
        {reason !== null && `: ${withShortCommits(reason)}`}
      </p>
      {step?.reason != null && step.reason !== reason && <p>{sentence(withShortCommits(step.reason))}</p>}
      {step !== undefined && step.output.length > 0 && <Output lines={step.output.slice(-LINES_SHOWN)} />}
      <p class="muted">
        {state === 'rolled_back'
          ? 'What was live before is live again. The version is ghosted: it is not tried again by itself.'
          : 'What was live was left as it was.'}
      </p>
      <Command
        title="What to look at next"
        text={instance === null ? `slipway show ${id}` : `slipway logs ${instance} -n 100`}
      />
      <p>
        <a href={`/apps/${encodeURIComponent(app)}`}>To {app}</a>
      </p>
    </div>
  );
}
