import { useEffect, useState } from 'preact/hooks';
import { browserClock, onFrame } from '../../browser/index.ts';
import { LogWindow, PageHead, ProblemBox } from '../../components/index.ts';
import { useModel, useShortcuts, useSlipway } from '../../context/index.ts';
import { addMarkers, createLogs, type LogsModel, type ShownLine } from '../../models/logs/index.ts';
import { LineDetail } from './line-detail.tsx';
import { type LogsAddress, wordOf } from './query.ts';
import { Toolbar } from './toolbar.tsx';

/** `text`: the address as it is written; another one is another log, below tools that stay, and keep the focus. */
export function LogsPane(props: { address: LogsAddress; apps: readonly string[]; text: string }) {
  const { address, apps, text } = props;
  const { status } = useSlipway();
  const { app, instance } = address;
  const instances = (app === null ? null : status.app(app))?.instances.map((each) => each.instance) ?? [];
  const sideBySide = address.side && instance === null ? instances : [];
  // An instance that comes has a column, too; and where the address names no app, the first one may be another.
  const key = [text, app, ...sideBySide].join(' ');
  const model = useModel(
    (slipway) =>
      createLogs({
        ...{ client: slipway.client, feed: slipway.feed, clock: browserClock, onFrame, sideBySide },
        query: address,
      }),
    [key],
  );
  return (
    <div class="logs">
      <PageHead title="Logs" />
      <Toolbar address={address} apps={apps} instances={instances} model={model} />
      <Lines key={key} address={address} model={model} />
    </div>
  );
}

function Lines({ address, model }: { address: LogsAddress; model: LogsModel }) {
  const { client, now } = useSlipway();
  const { app, instance, at } = address;
  const [selected, setSelected] = useState<ShownLine | null>(null);
  const state = model.state.value;

  useEffect(() => {
    const open = new AbortController();
    void addMarkers(model, { client, query: address, signal: open.signal, now: now.peek() });
    return () => open.abort();
  }, [model]);

  const earlier = async () => {
    for (const column of model.columns.value) await model.earlier(column);
  };
  useShortcuts([{ keys: 'e', text: 'Earlier lines', run: () => void earlier() }], model);

  // The line that the address means, as soon as it is there.
  const version = model.version.value;
  useEffect(() => {
    if (selected !== null || (address.line === null && at === null)) return;
    for (const { ring } of model.columns.value) {
      const index = ring.findIndex((row) =>
        address.line === null ? row.at !== null && row.at >= (at ?? 0) : row.id === address.line,
      );
      if (index !== -1) setSelected(ring.at(index) ?? null);
    }
  }, [version]);

  const columns = model.columns.value;
  return (
    <>
      <ProblemBox problem={model.problem.value} />
      <div class={columns.length > 1 ? 'log-columns beside' : 'log-columns'}>
        {columns.map((column) => (
          <LogWindow
            key={column.instance ?? ''}
            model={model}
            column={column}
            label={column.instance ?? (app === null ? "The agent's log" : `Log of ${app}`)}
            showInstance={columns.length === 1 && app !== null && instance === null}
            selected={selected?.key ?? null}
            onSelect={setSelected}
            highlight={address.invert ? '' : wordOf(address.grep)}
          />
        ))}
      </div>
      <div class="log-foot" role="status">
        <LogState state={state} following={model.following.value} />
        <span class="muted number">
          {columns.reduce((sum, { ring }) => sum + ring.length, 0).toLocaleString('en')} lines
          {columns.some(({ ring }) => ring.dropped > 0 || ring.before !== null) &&
            ', older ones are in the file'}
        </span>
      </div>
      {selected !== null && <LineDetail row={selected} address={address} onClose={() => setSelected(null)} />}
    </>
  );
}

function LogState({ state, following }: { state: string; following: boolean }) {
  if (state === 'lost') return <span class="badge tone-bad">connection lost, trying again</span>;
  if (state === 'refused') return <span class="badge tone-bad">not read</span>;
  if (state === 'loading') return <span class="badge">loading</span>;
  if (state === 'complete') return <span class="badge">complete</span>;
  return following ? (
    <span class="badge tone-good">following</span>
  ) : (
    <span class="badge tone-moving">paused where you look</span>
  );
}
