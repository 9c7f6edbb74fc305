import { stateWord, toneOf } from '../../../wording/index.ts';
import { Empty, Loading, PageHead, ProblemBox, StateBadge } from '../../components/index.ts';
import { useModel, useSlipway } from '../../context/index.ts';
import { createOverview } from '../../models/index.ts';
import { AppRow } from './app-row.tsx';

/** Every app of the host in one look. */
export function Page({ query }: { query: URLSearchParams }) {
  const { status, router } = useSlipway();
  const model = useModel((slipway) => createOverview(slipway, query.get('filter') ?? ''));
  const known = status.status.value;
  if (known === null)
    return (
      <>
        <PageHead title="Overview" />
        {status.problem.value === null ? (
          <Loading lines={5} />
        ) : (
          <ProblemBox problem={status.problem.value} retry={() => void status.refresh()} />
        )}
      </>
    );
  const type = (text: string) => {
    model.filter.value = text;
    router.setQuery({ filter: text });
  };
  return (
    <>
      <PageHead title="Overview" about={<Counts counts={model.counts.value} />}>
        {known.apps.length > 0 && <Filter value={model.filter.value} onType={type} />}
      </PageHead>
      {known.agent.warnings.map((warning) => (
        <div key={warning} class="note tone-moving">
          <span class="text">{warning}</span>
        </div>
      ))}
      {known.apps.length === 0 ? (
        <NoApps />
      ) : model.apps.value.length === 0 ? (
        <Empty title={`No app fits “${model.filter.value}”`}>
          <button type="button" class="button" onClick={() => type('')}>
            Show all
          </button>
        </Empty>
      ) : (
        <ul class="panel apps live" aria-label="Apps">
          {model.apps.value.map((app) => (
            <AppRow key={app.app} app={app} />
          ))}
        </ul>
      )}
      {known.agent.proxy && (
        <p class="muted small">
          Proxy <StateBadge state={known.agent.proxy.state} />
        </p>
      )}
    </>
  );
}

function Counts({ counts }: { counts: readonly { state: string; count: number }[] }) {
  return (
    <ul class="counts" aria-label="States">
      {counts.map(({ state, count }) => (
        <li key={state} class="state">
          <span class={`dot tone-${toneOf(state)}`} />
          {count} {stateWord(state)}
        </li>
      ))}
    </ul>
  );
}

function Filter({ value, onType }: { value: string; onType: (text: string) => void }) {
  return (
    <input
      data-key="/"
      class="input filter"
      type="search"
      aria-label="Filter apps"
      placeholder="Filter apps"
      value={value}
      onInput={(event) => onType(event.currentTarget.value)}
    />
  );
}

function NoApps() {
  return (
    <div class="panel">
      <Empty title="No app is configured" command="slipway config check && slipway config apply">
        Write one into /etc/slipway/slipway.yaml; <code>slipway init</code> proposes one for what it finds on
        this host.
      </Empty>
    </div>
  );
}
