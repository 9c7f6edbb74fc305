import type { Deployment } from '../../../api/pages/index.ts';
import { deploymentTone, withShortCommits } from '../../../wording/index.ts';
import {
  Ago,
  Empty,
  Loading,
  ProblemBox,
  Section,
  State,
  sentence,
  Took,
  Version,
} from '../../components/index.ts';
import type { Parts } from './parts.ts';

/** What was deployed, newest first, and how it went. */
export function DeploymentsSection({ app, model }: Parts) {
  const { value, problem, refresh } = model.deployments;
  const list = value.value;
  return (
    <Section title="Deployments">
      <ProblemBox problem={problem.value} retry={() => void refresh()} />
      {list === null ? (
        problem.value === null && <Loading />
      ) : list.length === 0 ? (
        <div class="panel">
          <Empty title={`${app.app} was never deployed`} command={`slipway deploy ${app.app}`} />
        </div>
      ) : (
        <div class="panel scroll live">
          <table class="table stacks">
            <thead>
              <tr>
                <th>Deployment</th>
                <th>State</th>
                <th>Version</th>
                <th>Kind</th>
                <th>By</th>
                <th>Started</th>
                <th class="right">Took</th>
              </tr>
            </thead>
            <tbody>
              {list.map((each) => (
                <Row key={each.id} each={each} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {model.hasOlder.value && (
        <div class="more">
          <button type="button" class="button" onClick={() => void model.showOlder()}>
            Show older
          </button>
        </div>
      )}
    </Section>
  );
}

function Row({ each }: { each: Deployment }) {
  const { id, state, version, kind, trigger, actor, reason, started_at, ended_at } = each;
  return (
    <tr>
      <td>
        <a href={`/deployments/${id}`}>
          <span class="off-screen">Deployment </span>
          {id}
        </a>
      </td>
      <td data-name="State" class="broad">
        <div class="instance-state">
          <State state={state} tone={deploymentTone(state)} />
          {reason !== null && <div class="muted small why">{sentence(withShortCommits(reason))}</div>}
        </div>
      </td>
      <td data-name="Version">
        <Version version={version} />
      </td>
      <td data-name="Kind">{kind}</td>
      <td data-name="By">{trigger === 'auto' ? <span class="muted">automatic</span> : actor}</td>
      <td data-name="Started">
        {started_at === null ? <span class="muted">waits</span> : <Ago at={started_at} />}
      </td>
      <td class="right" data-name="Took">
        <Took from={started_at} to={ended_at} />
      </td>
    </tr>
  );
}
