import { useEffect, useState } from 'preact/hooks';
import { browserClock, onFrame } from '../../browser/index.ts';
import { LogWindow, ProblemBox, Section } from '../../components/index.ts';
import { useModel } from '../../context/index.ts';
import { createLogs } from '../../models/logs/index.ts';

/** What was written around the moment. */
export function LogsBeside({ at, app }: { at: number; app: string | null }) {
  const name = app ?? 'the agent';
  return (
    <Section
      title={`Log of ${name}`}
      aside={
        <a
          class="small"
          href={`/logs?app=${encodeURIComponent(app ?? '@agent')}&at=${new Date(at).toISOString()}`}
        >
          All of it
        </a>
      }
    >
      <Lines key={`${app} ${at}`} at={at} app={app} />
    </Section>
  );
}

function Lines({ at, app }: { at: number; app: string | null }) {
  const model = useModel(({ client }) =>
    createLogs({
      ...{ client, clock: browserClock, onFrame, sideBySide: [] },
      query: { ...{ app, at, instance: null, grep: '', invert: false, stderr: false, sinceMs: null } },
    }),
  );
  const [selected, setSelected] = useState<number | null>(null);
  const version = model.version.value;
  const [column] = model.columns.value;
  useEffect(() => {
    const index = column?.ring.findIndex((row) => row.at !== null && row.at >= at) ?? -1;
    if (selected === null && index !== -1) setSelected(column?.ring.at(index)?.key ?? null);
  }, [version]);
  if (column === undefined) return null;
  return (
    <>
      <ProblemBox problem={model.problem.value} />
      <div class="log-columns timeline-logs">
        <LogWindow
          model={model}
          column={column}
          label={`Log of ${app ?? 'the agent'} around the moment`}
          showInstance={app !== null}
          selected={selected}
          onSelect={({ key }) => setSelected(key)}
        />
      </div>
    </>
  );
}
