import { useSignal } from '@preact/signals';
import type { AuditEntry } from '../../../api/pages/index.ts';
import { commandLine, toneOf, versionText } from '../../../wording/index.ts';
import { Ago, Empty, ExactTime, Field, Loading, PageHead, ProblemBox } from '../../components/index.ts';
import { useModel, useSlipway } from '../../context/index.ts';
import { createAudit } from '../../models/index.ts';

/** Who did what, from where, and what came of it; what was refused, too. */
export function Page({ query }: { query: URLSearchParams }) {
  const { router, status } = useSlipway();
  const [app, actor] = [query.get('app'), query.get('actor')];
  const typed = useSignal(actor ?? '');
  const known = status.status.value?.apps.map((each) => each.app) ?? [];
  // One that was asked for by its address, and is configured no longer.
  const apps = app === null || known.includes(app) ? known : [...known, app];
  const model = useModel((slipway) => createAudit(slipway, { app, actor }), [app, actor]);
  const entries = model.entries.value;
  const command = commandLine([
    ...['slipway', 'audit'],
    ...(app === null ? [] : ['--app', app]),
    ...(actor === null ? [] : ['--actor', actor]),
  ]);
  return (
    <>
      <PageHead title="Audit" about="Every action, and every refusal">
        <div class="field">
          <label for="audit-app">App</label>
          <select
            id="audit-app"
            class="input"
            value={app ?? ''}
            onChange={(event) => router.setQuery({ app: event.currentTarget.value })}
          >
            <option value="">all</option>
            {apps.map((id) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        </div>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            router.setQuery({ actor: typed.value.trim() });
          }}
        >
          <Field
            label="Who"
            value={typed.value}
            placeholder="everybody"
            autocomplete="off"
            spellcheck={false}
            onText={(text) => {
              typed.value = text;
              if (text.trim() === '') router.setQuery({ actor: null });
            }}
          />
        </form>
      </PageHead>
      <ProblemBox problem={model.problem.value} retry={() => void model.more()} />
      {entries === null ? (
        model.problem.value === null && <Loading lines={8} />
      ) : entries.length === 0 ? (
        <div class="panel">
          <Empty title="Nothing of that was done" command={command} />
        </div>
      ) : (
        <div class="panel scroll">
          <table class="table stacks">
            <thead>
              <tr>
                <th>When</th>
                <th>Who</th>
                <th>What</th>
                <th>Outcome</th>
                <th>From</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <Row key={entry.seq} entry={entry} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {model.hasMore.value && (
        <div class="more">
          <button type="button" class="button" disabled={model.busy.value} onClick={() => void model.more()}>
            Show older
          </button>
        </div>
      )}
    </>
  );
}

function Row({ entry }: { entry: AuditEntry }) {
  const { at, actor, address, app, action, subject, outcome, reason, before, after } = entry;
  const tone = outcome === 'refused' ? 'bad' : outcome === 'unknown' ? 'moving' : toneOf(outcome);
  return (
    <tr>
      <td class="nowrap">
        <span class="block">
          <ExactTime at={at} />
        </span>
        <span class="muted small">
          <Ago at={at} />
        </span>
      </td>
      <td data-name="Who" class="broad">
        {actor}
      </td>
      <td data-name="What" class="broad">
        <span class="block">
          <strong>{action}</strong>{' '}
          {app !== null && (
            <a class="in-text" href={`/apps/${encodeURIComponent(app)}`}>
              {app}
            </a>
          )}{' '}
          {subject !== null && subject !== app && <span class="mono">{versionText(subject)}</span>}
        </span>
        <Change before={before} after={after} />
      </td>
      <td data-name="Outcome">
        <span class={`badge tone-${tone}`}>{outcome}</span>
        {reason !== null && <span class="muted small block why">{reason}</span>}
      </td>
      <td data-name="From">
        {address === null ? <span class="muted">the host</span> : <span class="mono">{address}</span>}
      </td>
    </tr>
  );
}

/** What it was, and what it became, key by key. */
function Change({ before, after }: Pick<AuditEntry, 'before' | 'after'>) {
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  if (keys.length === 0) return null;
  return (
    <ul class="muted small">
      {keys.map((key) => (
        <li key={key}>
          {key}: {before !== null && <span class="mono">{shown(key, before[key])}</span>}
          {before !== null && after !== null && ' → '}
          {after !== null && <span class="mono">{shown(key, after[key])}</span>}
        </li>
      ))}
    </ul>
  );
}

/** No list of apps means all of them. */
function shown(key: string, value: unknown): string {
  if (key === 'apps' && value === null) return 'all';
  if (value === null || value === undefined) return 'none';
  return typeof value === 'string' ? versionText(value) : JSON.stringify(value);
}
