import type { Vm } from '../../api/index.ts';
import { formatSize } from '../../kernel/index.ts';
import { wholeSeconds } from '../../wording/index.ts';
import { type Colors, count, plain, type Symbols, wrap } from '../output/index.ts';
import { indented, table } from './table.ts';
import { topView } from './vm-processes.ts';

export interface VmViewOptions {
  colors: Colors;
  columns: number;
  symbols: Symbols;
}

/** Stands for a space at which no line is broken. */
const TOGETHER = '\u00a0';

/** What a VM tells of itself: from its sums to single processes. */
export function vmView(vm: Vm, options: VmViewOptions): string {
  const { colors } = options;
  const { node, otp_release, erts_version, uptime_s } = vm;
  const about = `OTP ${plain(otp_release)}, ERTS ${plain(erts_version)}, up ${wholeSeconds(uptime_s * 1000)}`;
  const blocks = [
    `${colors.bold(vm.instance)}  ${plain(node)}\n${colors.dim(about)}`,
    memoryView(vm, options),
    limitsView(vm, colors),
    schedulersView(vm, colors),
    ...topView(vm, options),
    applicationsView(vm, options),
  ];
  return `${blocks.join('\n\n')}\n`;
}

const BAR_COLUMNS = 24;

function memoryView({ memory }: Vm, { colors, symbols }: VmViewOptions): string {
  if (memory === null) return `${colors.bold('Memory')}  this VM cannot tell`;
  const { total_bytes, atom_bytes, binary_bytes, code_bytes, ets_bytes, system_bytes } = memory;
  const kinds: [string, number][] = [
    ['processes', memory.processes_bytes],
    ['binaries', binary_bytes],
    ['ets tables', ets_bytes],
    ['code', code_bytes],
    ['atoms', atom_bytes],
    ['other', system_bytes - atom_bytes - binary_bytes - code_bytes - ets_bytes],
  ];
  const rows = kinds.map(([kind, bytes]) => {
    const share = total_bytes === 0 ? 0 : bytes / total_bytes;
    const bar = symbols.bar.repeat(Math.round(share * BAR_COLUMNS));
    return [kind, formatSize(bytes), `${Math.round(share * 100)}%`, colors.cyan(bar)];
  });
  const list = table({ head: ['', '', '', ''], rows, colors, right: [1, 2] });
  const lines = list.split('\n').slice(1).join('\n');
  return `${colors.bold('Memory')}  ${formatSize(total_bytes)}\n${indented(lines)}`;
}

/** Shows what a VM has only so much of, and ends without. */
function limitsView(vm: Vm, colors: Colors): string {
  const rows = [
    ['processes', vm.processes] as const,
    ['ports', vm.ports] as const,
    ['atoms', vm.atoms] as const,
    ['ets tables', vm.ets_tables] as const,
  ].map(([name, { count: used, limit }]) => [
    name,
    grouped(used),
    grouped(limit),
    shareText(limit === 0 ? 0 : used / limit, colors),
  ]);
  return indented(table({ head: ['', 'USED', 'LIMIT', ''], rows, colors, right: [1, 2, 3] }));
}

function shareText(share: number, colors: Colors): string {
  const text = share > 0 && share < 0.01 ? '<1%' : `${Math.round(share * 100)}%`;
  if (share >= 0.9) return colors.red(text);
  return share >= 0.7 ? colors.yellow(text) : text;
}

function schedulersView({ schedulers, run_queue, reductions }: Vm, colors: Colors): string {
  const { online, total } = schedulers;
  const queue = `run queue ${grouped(run_queue)}`;
  const parts = [
    `${online} of ${total} online`,
    run_queue > online ? colors.yellow(queue) : queue,
    `${rounded(reductions)} reductions`,
  ];
  return `${colors.bold('Schedulers')}  ${parts.join(', ')}`;
}

function applicationsView({ applications }: Vm, { colors, columns }: VmViewOptions): string {
  if (applications === null) return `${colors.bold('Applications')}  the VM was too busy to tell`;
  const names = applications.map(({ name, version }) => plain(`${name}${TOGETHER}${version}`));
  const list = wrap(names.join(', '), { columns, indent: '  ' }).replaceAll(TOGETHER, ' ');
  return `${colors.bold(count(names.length, 'application'))}\n${list}`;
}

/** `1.2 billion`. Made when it is used: it takes a while, and every verb loads this. */
function rounded(number: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', compactDisplay: 'long' }).format(number);
}

function grouped(number: number): string {
  return number.toLocaleString('en');
}
