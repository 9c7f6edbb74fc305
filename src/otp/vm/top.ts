import type { Call } from '../call.ts';
import { evaluate } from '../evaluate.ts';
import type { Term } from '../term/index.ts';
import { elements, field, functionName, list, text, whole } from './read.ts';
import { TOP } from './sources.ts';

/** A process of the VM. */
export interface VmProcess {
  /** The pid as the node writes it: `<0.123.0>`. */
  pid: string;
  /** Null where it has none. */
  registeredName: string | null;
  /** What it was started with: of a behaviour its callback, as `shop_cart:init/1`. */
  initialCall: string | null;
  currentFunction: string | null;
  memoryBytes: number;
  messageQueueLength: number;
  reductions: number;
  status: string;
}

export interface VmTop {
  /** How many processes there were, and how many of them were looked at: fewer is a sample. */
  processes: number;
  lookedAt: number;
  tookMs: number;
  /** Largest first. */
  byMemory: VmProcess[];
  /** Longest first; only those in whose queue something waits. */
  byMessageQueue: VmProcess[];
}

/** How much it may cost the node: about 5 µs for a process, measured on OTP 25. */
const LIMITS = {
  Top: 10,
  Limit: 100_000,
  Piece: 500,
  BudgetMs: 1000,
  DictionaryBytes: 16 * 1024 ** 2,
};
/** Beyond the budget: for the way there and back, and a busy node. */
const GRACE_MS = 5000;

/** @throws SlipwayError `otp_call`, `otp_timeout`, `otp_disconnected` */
export async function lookForTop(call: Call, limits: Partial<typeof LIMITS> = {}): Promise<VmTop> {
  const bindings = { ...LIMITS, ...limits };
  const found = await evaluate(call, { source: TOP, bindings, timeoutMs: bindings.BudgetMs + GRACE_MS });
  return {
    processes: whole(field(found, 'count')),
    lookedAt: whole(field(found, 'looked')),
    tookMs: whole(field(found, 'took_ms')),
    byMemory: list(field(found, 'by_memory')).map(processOf),
    byMessageQueue: list(field(found, 'by_queue')).map(processOf),
  };
}

type Row = [Term, Term, Term, Term, Term, Term, Term, Term];

function processOf(term: Term): VmProcess {
  const [pid, name, initial, current, memory, queue, reductions, status] = elements(term, 8) as Row;
  return {
    pid: text(pid),
    registeredName: Array.isArray(name) ? null : text(name),
    initialCall: functionName(initial),
    currentFunction: functionName(current),
    memoryBytes: whole(memory),
    messageQueueLength: whole(queue),
    reductions: whole(reductions),
    status: text(status),
  };
}
