import type { Run } from '../../../api/pages/index.ts';
import { Ago, Ansi, Empty, Loading, ProblemBox, Took, Version } from '../../components/index.ts';
import type { Resource } from '../../models/index.ts';

/** Each life of the process, how it ended, and what it said last. */
export function Runs({ runs }: { runs: Resource<Run[]> }) {
  const known = runs.value.value;
  if (known === null)
    return runs.problem.value === null ? (
      <Loading />
    ) : (
      <ProblemBox problem={runs.problem.value} retry={() => void runs.refresh()} />
    );
  if (known.length === 0)
    return (
      <div class="panel">
        <Empty title="It has not run yet" />
      </div>
    );
  return (
    <div class="panel scroll">
      <table class="table stacks">
        <thead>
          <tr>
            <th scope="col">Began</th>
            <th scope="col">Version</th>
            <th scope="col" class="right">
              Lasted
            </th>
            <th scope="col">End</th>
          </tr>
        </thead>
        <tbody>
          {known.map((run) => (
            <tr key={run.run}>
              <td data-name="Began">
                <Ago at={run.started_at} />
              </td>
              <td data-name="Version">
                <Version version={run.version} />
              </td>
              <td data-name="Lasted" class="right">
                <Took from={run.started_at} to={run.ended_at} />
              </td>
              <td data-name="End" class="broad">
                <End run={run} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function End({ run }: { run: Run }) {
  if (run.ended_at === null) return <span class="tone-good">It runs, as pid {run.pid}</span>;
  return (
    <div>
      <span class={run.unexpected ? 'tone-bad' : ''}>{run.reason ?? 'nobody saw why'}</span>
      {run.last_words.length > 0 && (
        <details class="last-words" open={run.unexpected === true && run.last_words.length <= 3}>
          <summary class="small muted">Its last words</summary>
          <pre class="output">
            <Ansi text={run.last_words.join('\n')} />
          </pre>
        </details>
      )}
    </div>
  );
}
