import type { CronEntry } from '../../../api/pages/index.ts';
import { Ago, Section, Soon, Took } from '../../components/index.ts';
import type { Parts } from './parts.ts';

/** What runs by the clock, when it comes next, and how it went. */
export function CronSection({ model, dialogs, mayDeploy }: Parts) {
  const entries = model.cron.value.value ?? [];
  if (entries.length === 0) return null;
  return (
    <Section title="Cron">
      <div class="panel scroll live">
        <table class="table stacks">
          <thead>
            <tr>
              <th>Entry</th>
              <th>Schedule</th>
              <th>Next</th>
              <th>Last run</th>
              <th>Last runs</th>
              <th>
                <span class="off-screen">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <Row
                key={entry.name}
                entry={entry}
                onRun={mayDeploy ? () => dialogs.show({ is: 'cron', entry: entry.name }) : null}
              />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Row({ entry, onRun }: { entry: CronEntry; onRun: (() => void) | null }) {
  const [last] = entry.runs;
  return (
    <tr>
      <td>{entry.name}</td>
      <td data-name="Schedule" class="mono">
        {entry.schedule}
      </td>
      <td data-name="Next">
        {entry.running ? 'runs now' : entry.next_at === null ? '–' : <Soon at={entry.next_at} />}
      </td>
      <td data-name="Last run">
        {last === undefined ? (
          <span class="muted">never</span>
        ) : (
          <span>
            <Ago at={last.started_at} /> <span class="muted">took</span>{' '}
            <Took from={last.started_at} to={last.ended_at} />
            {last.reason !== null && (
              <div class={`small ${hasFailed(last) ? 'tone-bad' : 'muted'}`}>{last.reason}</div>
            )}
          </span>
        )}
      </td>
      <td data-name="Last runs">
        {entry.runs.length === 0 ? <span class="muted">none</span> : <RunDots runs={entry.runs} />}
      </td>
      <td class="actions">
        {onRun !== null && (
          <button type="button" class="button small" disabled={entry.running} onClick={onRun}>
            Run now
          </button>
        )}
      </td>
    </tr>
  );
}

function hasFailed(run: CronEntry['runs'][number]): boolean {
  return run.ended_at !== null && run.status !== 0;
}

function RunDots({ runs }: { runs: CronEntry['runs'] }) {
  const failed = runs.filter(hasFailed).length;
  return (
    <span class="dots" role="img" aria-label={`${runs.length} runs, ${failed} of them failed`}>
      {runs.toReversed().map((run) => (
        <span
          key={run.started_at}
          class={`dot tone-${run.ended_at === null ? 'moving' : run.status === 0 ? 'good' : 'bad'}`}
        />
      ))}
    </span>
  );
}
