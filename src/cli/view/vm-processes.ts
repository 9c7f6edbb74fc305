import type { Vm, VmProcess } from '../../api/index.ts';
import { formatDuration, formatSize } from '../../kernel/index.ts';
import { type Colors, cut, plain } from '../output/index.ts';
import { indented, table } from './table.ts';

const INDENT = 2;
/** What a row takes besides names: identifier, memory, queue, and the gaps between. */
const FIXED_COLUMNS = INDENT + 12 + 9 + 8 + 8;
const NAME_MIN_COLUMNS = 14;

/** The largest processes, and those that cannot keep up with what they are sent. */
export function topView(
  { top, top_missing }: Vm,
  { colors, columns }: { colors: Colors; columns: number },
): string[] {
  if (top === null)
    return [`${colors.bold('Processes')}  not looked at: ${plain(top_missing ?? 'no reason given')}`];
  const nameColumns = Math.max(NAME_MIN_COLUMNS, Math.floor((columns - FIXED_COLUMNS) / 2));
  const list = (processes: VmProcess[]) => processTable(processes, { colors, nameColumns });
  const waiting =
    top.by_message_queue.length === 0 ? '  no process has messages waiting' : list(top.by_message_queue);
  return [
    `${colors.bold('Largest processes')}  ${colors.dim(scopeOf(top))}\n${list(top.by_memory)}`,
    `${colors.bold('Longest message queues')}\n${waiting}`,
  ];
}

function scopeOf({ processes, looked_at, sampled, took_ms }: NonNullable<Vm['top']>): string {
  const number = (value: number) => value.toLocaleString('en');
  const took = formatDuration(took_ms);
  return sampled
    ? `a sample: ${number(looked_at)} of ${number(processes)} looked at, in ${took}`
    : `all ${number(processes)} looked at, in ${took}`;
}

function processTable(
  processes: VmProcess[],
  { colors, nameColumns }: { colors: Colors; nameColumns: number },
): string {
  const rows = processes.map((each) => [
    plain(each.pid),
    cut(plain(each.registered_name ?? each.initial_call ?? ''), nameColumns),
    cut(plain(each.current_function ?? each.status), nameColumns),
    formatSize(each.memory_bytes),
    each.message_queue_length.toLocaleString('en'),
  ]);
  return indented(
    table({ head: ['PID', 'PROCESS', 'NOW IN', 'MEMORY', 'QUEUE'], rows, colors, right: [3, 4] }),
  );
}
