import { useState } from 'preact/hooks';
import type { Vm, VmProcess } from '../../../api/pages/index.ts';
import { formatSize } from '../../../wording/index.ts';

const SHOWN = 10;

/** The processes of the VM that use most. */
export function TopProcesses({ vm }: { vm: Vm }) {
  const [by, setBy] = useState<'by_memory' | 'by_message_queue'>('by_memory');
  const { top } = vm;
  if (top === null) return <p class="muted">{vm.top_missing}</p>;
  const shown = top[by].slice(0, SHOWN);
  const tab = (value: typeof by, text: string) => (
    <button type="button" aria-pressed={by === value} onClick={() => setBy(value)}>
      {text}
    </button>
  );
  return (
    <div class="top-processes">
      <div class="section-head">
        <h3>Processes that use most</h3>
        <div class="choices">
          {tab('by_memory', 'Memory')}
          {tab('by_message_queue', 'Messages that wait')}
        </div>
      </div>
      {shown.length === 0 ? (
        <p class="muted">No process has messages that wait.</p>
      ) : (
        <div class="panel scroll">
          <table class="table stacks">
            <thead>
              <tr>
                <th scope="col">Process</th>
                <th scope="col">Does</th>
                <th scope="col" class="right">
                  Memory
                </th>
                <th scope="col" class="right">
                  Messages
                </th>
                <th scope="col" class="right">
                  Reductions
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((each) => (
                <Row key={each.pid} process={each} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {top.sampled && (
        <p class="muted small">
          {top.looked_at.toLocaleString('en')} of {top.processes.toLocaleString('en')} processes were looked
          at.
        </p>
      )}
    </div>
  );
}

function Row({ process }: { process: VmProcess }) {
  const {
    pid,
    registered_name,
    initial_call,
    current_function,
    memory_bytes,
    message_queue_length,
    reductions,
  } = process;
  return (
    <tr>
      <td class="mono">{registered_name ?? pid}</td>
      <td data-name="Does" class="mono small broad">
        {initial_call ?? current_function ?? '–'}
      </td>
      <td data-name="Memory" class="right number">
        {formatSize(memory_bytes)}
      </td>
      <td data-name="Messages" class="right number">
        {message_queue_length.toLocaleString('en')}
      </td>
      <td data-name="Reductions" class="right number">
        {reductions.toLocaleString('en')}
      </td>
    </tr>
  );
}
