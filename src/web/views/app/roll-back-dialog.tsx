import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Release } from '../../../api/pages/index.ts';
import { versionText } from '../../../wording/index.ts';
import { ActionDialog, Ago, Dialog, ProblemBox } from '../../components/index.ts';
import type { Parts } from './parts.ts';
import { PlanView } from './plan-view.tsx';

/** Names what is live and what would be, and what it takes to get there. */
export function RollBackDialog({ app, actions, dialogs, model, to }: Parts & { to: number | null }) {
  const chosen = useSignal(to);
  const ways = model.waysBack.value;
  const target = ways.find(({ number }) => number === chosen.value) ?? ways[0] ?? null;
  const number = target?.number ?? null;
  const plan = useMemo(() => (number === null ? null : model.planRollback(number)), [number]);
  useEffect(() => plan?.start(), [plan]);
  if (target === null)
    return (
      <Dialog title={`Roll ${app.app} back`} onClose={dialogs.close}>
        <div class="dialog-body">
          {model.releases.value.value === null ? (
            <ProblemBox problem={model.releases.problem.value} />
          ) : (
            <p>
              There is no proven release to go back to. Only one that was ready on every instance, and stayed
              so, is a way back.
            </p>
          )}
        </div>
      </Dialog>
    );
  const { live } = app;
  return (
    <ActionDialog
      title={`Roll ${app.app} back`}
      verb="Roll back"
      danger
      action={actions.rollback}
      input={{ to: target.number }}
      onClose={dialogs.close}
      command={`slipway rollback ${app.app}${target === ways[0] ? '' : ` --to ${target.number}`}`}
    >
      <div class="from-to">
        <Side
          title="Live now"
          number={live?.number ?? null}
          version={live?.version ?? null}
          at={live?.since ?? null}
        />
        <span aria-hidden="true" class="arrow">
          →
        </span>
        <Side title="Back to" number={target.number} version={target.version} at={target.created_at} />
      </div>
      {ways.length > 1 && (
        <div class="field">
          <label for="roll-back-to">Release to go back to</label>
          <select
            id="roll-back-to"
            class="input"
            value={String(target.number)}
            onChange={(event) => {
              chosen.value = Number(event.currentTarget.value);
            }}
          >
            {ways.map((each) => (
              <option key={each.number} value={String(each.number)}>
                {optionText(each)}
              </option>
            ))}
          </select>
        </div>
      )}
      <div aria-live="polite">
        {plan?.value.value ? (
          <PlanView plan={plan.value.value} />
        ) : (
          <ProblemBox problem={plan?.problem.value ?? null} />
        )}
      </div>
      <p class="muted">
        {versionText(target.version)} will be pinned, so that automatic deployment does not undo it.
      </p>
    </ActionDialog>
  );
}

function Side(props: { title: string; number: number | null; version: string | null; at: string | null }) {
  return (
    <div class="side-of">
      <span class="muted small">{props.title}</span>
      <strong class="version">{props.version === null ? 'nothing' : versionText(props.version)}</strong>
      <span class="muted small">
        {props.number !== null && `release ${props.number}`}
        {props.at !== null && (
          <>
            , <Ago at={props.at} />
          </>
        )}
      </span>
    </div>
  );
}

function optionText({ number, version }: Release): string {
  return `${number}: ${versionText(version)}`;
}
