import { useState } from 'preact/hooks';
import { browserClock, onFrame } from '../../browser/index.ts';
import { LogWindow, ProblemBox } from '../../components/index.ts';
import { useModel } from '../../context/index.ts';
import { createLogs } from '../../models/logs/index.ts';

export function AgentLog() {
  const model = useModel(({ client }) =>
    createLogs({
      ...{ client, clock: browserClock, onFrame, sideBySide: [] },
      query: {
        ...{ app: null, instance: null, grep: '', invert: false, stderr: false, sinceMs: null, at: null },
      },
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
          label="The agent's log"
          showInstance={false}
          selected={selected}
          onSelect={({ key }) => setSelected(key)}
        />
      </div>
    </>
  );
}
