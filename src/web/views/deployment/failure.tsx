import type { DeploymentWithSteps } from '../../../api/pages/index.ts';
import { isTolerated, stateWord, stepName, withShortCommits } from '../../../wording/index.ts';
import { Command, sentence } from '../../components/index.ts';
import { useSlipway } from '../../context/index.ts';
import { Output } from './output.tsx';

const LINES_SHOWN = 12;

/** Why it failed: the first step that did, its last words, and what to do next. */
export function Failure({ deployment }: { deployment: DeploymentWithSteps }) {
  const { status } = useSlipway();
  const { state, reason, steps, app, version } = deployment;
  if (state !== 'failed' && state !== 'rolled_back') return null;
  const step = steps.find((each, index) => each.state === 'failed' && !isTolerated(deployment, index));
  const instance = step?.instance ?? null;
  const at = deployment.ended_at ?? deployment.started_at ?? new Date(status.at.value).toISOString();
  const isGhosted = status.app(app)?.ghosted.some((ghost) => ghost.version === version) === true;
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
          ? 'What was live before is live again.'
          : 'What was live was left as it was.'}
        {isGhosted && ' The version is ghosted: it is not tried again by itself.'}
      </p>
      <Command
        title="What to look at next"
        text={instance === null ? `slipway timeline ${app} --at ${at}` : `slipway logs ${instance} -n 100`}
      />
      <p>
        <a href={`/timeline?app=${encodeURIComponent(app)}&at=${Date.parse(at)}`}>What happened then</a> ·{' '}
        <a href={`/apps/${encodeURIComponent(app)}`}>To {app}</a>
      </p>
    </div>
  );
}
