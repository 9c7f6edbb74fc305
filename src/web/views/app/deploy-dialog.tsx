import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { deployCommand, versionText } from '../../../wording/index.ts';
import { ActionDialog, ProblemBox } from '../../components/index.ts';
import type { DeployChoice } from '../../models/index.ts';
import type { Parts } from './parts.ts';
import { PlanView } from './plan-view.tsx';

/** Asks what to deploy, and says what that would do before it is done. */
export function DeployDialog({ app, actions, dialogs, model, version }: Parts & { version: string | null }) {
  const { offer } = app.source;
  const what = useSignal<'offer' | 'version' | 'ref'>(version === null ? 'offer' : 'version');
  const typed = useSignal(version ?? '');
  const full = useSignal(false);
  const force = useSignal(false);
  const text = typed.value.trim();
  const choice: DeployChoice = {
    version: what.value === 'version' ? text : null,
    ref: what.value === 'ref' ? text : null,
    full: full.value,
    force: force.value,
  };
  const isComplete = what.value === 'offer' || text !== '';
  const wanted = choice.version ?? (what.value === 'offer' ? offer : null);
  const isGhosted = app.ghosted.some((ghost) => ghost.version === wanted);
  const key = JSON.stringify(choice);
  const plan = useMemo(() => model.planDeploy(choice), [key]);
  useEffect(() => {
    if (!isComplete) return;
    let end = () => {};
    // Not at each letter.
    const timer = setTimeout(() => {
      end = plan.start();
    }, 250);
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [plan, isComplete]);
  const planned = plan.value.value;

  return (
    <ActionDialog
      title={`Deploy ${app.app}`}
      verb="Deploy"
      action={actions.deploy}
      input={choice}
      onClose={dialogs.close}
      command={deployCommand(app.app, choice)}
      disabled={!isComplete || (isGhosted && !force.value)}
    >
      <div class="field">
        <label for="deploy-what">What</label>
        <select
          id="deploy-what"
          class="input"
          value={what.value}
          onChange={(event) => {
            what.value = event.currentTarget.value as typeof what.value;
          }}
        >
          <option value="offer">
            {offer === null ? 'What the source offers' : `What the source offers: ${versionText(offer)}`}
          </option>
          <option value="version">A version</option>
          {app.kind === 'site' && <option value="ref">A branch, tag or commit</option>}
        </select>
      </div>
      {what.value !== 'offer' && (
        <div class="field">
          <label for="deploy-typed">{what.value === 'ref' ? 'Branch, tag or commit' : 'Version'}</label>
          <input
            id="deploy-typed"
            class="input mono"
            value={typed.value}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => {
              typed.value = event.currentTarget.value;
            }}
          />
        </div>
      )}
      {app.kind === 'service' && (
        <label class="check">
          <input
            type="checkbox"
            checked={full.value}
            onChange={(event) => {
              full.value = event.currentTarget.checked;
            }}
          />
          <span>Start instances anew, also where they could be upgraded while they run</span>
        </label>
      )}
      {isGhosted && (
        <label class="check">
          <input
            type="checkbox"
            checked={force.value}
            onChange={(event) => {
              force.value = event.currentTarget.checked;
            }}
          />
          <span>
            <span class="version">{versionText(wanted ?? '')}</span> is ghosted. Deploy it nevertheless
          </span>
        </label>
      )}
      <div aria-live="polite">
        {planned !== null ? (
          <>
            <p>
              <span class="version">{app.live === null ? 'nothing' : versionText(app.live.version)}</span> →{' '}
              <strong class="version">{versionText(planned.version)}</strong>
            </p>
            <PlanView plan={planned} />
            {planned.pins && (
              <p class="muted">It will be pinned: automatic deployment waits until it is unpinned.</p>
            )}
          </>
        ) : plan.problem.value !== null ? (
          <ProblemBox problem={plan.problem.value} />
        ) : (
          isComplete && <p class="muted">Looking at what that would do…</p>
        )}
      </div>
    </ActionDialog>
  );
}
