import { useEffect, useState } from 'preact/hooks';
import { browserClock, onFrame } from '../browser/index.ts';
import { useModel } from '../context/index.ts';
import { createLogs } from '../models/logs/index.ts';
import { LogWindow } from './log-window.tsx';
import { ProblemBox } from './problem.tsx';

/** The end of a log, as it is written, or what was written around a moment. `app` null: the agent's own log. */
export function LogTail(props: { app: string | null; unit?: string; at?: number; label: string }) {
  const { app, unit, at, label } = props;
  return <Lines key={`${app} ${unit} ${at}`} app={app} unit={unit ?? null} at={at ?? null} label={label} />;
}

function Lines(props: { app: string | null; unit: string | null; at: number | null; label: string }) {
  const { app, unit, at, label } = props;
  const model = useModel(({ client, feed }) =>
    createLogs({
      ...{ client, feed, clock: browserClock, onFrame, sideBySide: [] },
      query: { ...{ app, instance: unit, at, grep: '', invert: false, stderr: false, sinceMs: null } },
    }),
  );
  const [selected, setSelected] = useState<number | null>(null);
  const version = model.version.value;
  const [column] = model.columns.value;
  useEffect(() => {
    if (at === null || selected !== null) return;
    const index = column?.ring.findIndex((row) => row.at !== null && row.at >= at) ?? -1;
    if (index !== -1) setSelected(column?.ring.at(index)?.key ?? null);
  }, [version]);
  if (column === undefined) return null;
  return (
    <>
      <ProblemBox problem={model.problem.value} />
      <div class={at === null ? 'log-columns log-tail' : 'log-columns log-tail around'}>
        <LogWindow
          model={model}
          column={column}
          label={label}
          showInstance={app !== null && unit === null}
          selected={selected}
          onSelect={({ key }) => setSelected(key)}
        />
      </div>
    </>
  );
}
