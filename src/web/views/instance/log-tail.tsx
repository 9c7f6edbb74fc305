import { useState } from 'preact/hooks';
import { browserClock, onFrame } from '../../browser/index.ts';
import { LogWindow, ProblemBox } from '../../components/index.ts';
import { useModel } from '../../context/index.ts';
import { createLogs } from '../../models/logs/index.ts';

export function LogTail({ app, unit }: { app: string; unit: string }) {
  const model = useModel(({ client, feed }) =>
    createLogs({
      ...{ client, feed, clock: browserClock, onFrame, sideBySide: [] },
      query: { ...{ app, instance: unit, grep: '', invert: false, stderr: false, sinceMs: null, at: null } },
    }),
  );
  const [selected, setSelected] = useState<number | null>(null);
  const [column] = model.columns.value;
  if (column === undefined) return null;
  return (
    <>
      <ProblemBox problem={model.problem.value} />
      <div class="log-columns log-tail">
        <LogWindow
          model={model}
          column={column}
          label={`Log of ${app}/${unit}`}
          showInstance={false}
          selected={selected}
          onSelect={({ key }) => setSelected(key)}
        />
      </div>
    </>
  );
}
