import { messageOf } from '../../kernel/index.ts';
import type { Call } from '../call.ts';
import { evaluate } from '../evaluate.ts';
import type { Term } from '../term/index.ts';
import { elements, field, isUndefined, list, text, whole } from './read.ts';
import { FIGURES } from './sources.ts';
import { lookForTop, type VmTop } from './top.ts';

/** Memory in bytes by kind, as `erlang:memory/0` tells it. */
export interface VmMemory {
  total: number;
  processes: number;
  processesUsed: number;
  system: number;
  atom: number;
  atomUsed: number;
  binary: number;
  code: number;
  ets: number;
}

export interface VmApplication {
  name: string;
  version: string;
  description: string;
}

interface Limited {
  count: number;
  limit: number;
}

/** What a VM tells of itself. */
export interface Vm {
  /** `name@host` */
  node: string;
  /** `25` */
  otpRelease: string;
  /** `13.1.5` */
  ertsVersion: string;
  uptimeMs: number;
  schedulers: { online: number; total: number; dirtyCpuOnline: number; dirtyIo: number };
  /** Processes and ports that are ready to run and wait, dirty schedulers included. */
  runQueue: number;
  /** Reductions since the start. */
  reductions: number;
  /** Null where the VM was started with allocators that cannot tell. */
  memory: VmMemory | null;
  processes: Limited;
  ports: Limited;
  atoms: Limited;
  etsTables: Limited;
  /** Those that run, by name; null where the application controller was busy. */
  applications: VmApplication[] | null;
  /** Null where the processes could not be looked at; `topMissing` says why then. */
  top: VmTop | null;
  topMissing: string | null;
}

const TIMEOUT_MS = 5000;
/** The application controller is busy while an application starts. */
const APPLICATIONS_MS = 1000;

/**
 * Asks a VM about itself by `call`, at a bounded cost: figures that it keeps, and a look at its processes within limits.
 * @throws SlipwayError `otp_call`, `otp_timeout`, `otp_disconnected`
 */
export async function lookAtVm(call: Call, limits: Parameters<typeof lookForTop>[1] = {}): Promise<Vm> {
  const bindings = { ApplicationsMs: APPLICATIONS_MS };
  const figures = await evaluate(call, { source: FIGURES, bindings, timeoutMs: TIMEOUT_MS });
  // A process that does not answer must not hide the figures.
  const top = await lookForTop(call, limits).catch((error: unknown) => messageOf(error));
  const get = (name: string) => field(figures, name);
  const [online, total] = pair(get('schedulers'));
  const [dirtyCpuOnline, dirtyIo] = pair(get('dirty_schedulers'));
  return {
    node: text(get('node')),
    otpRelease: text(get('otp_release')),
    ertsVersion: text(get('erts_version')),
    uptimeMs: whole(get('uptime_ms')),
    schedulers: { online, total, dirtyCpuOnline, dirtyIo },
    runQueue: whole(get('run_queue')),
    reductions: whole(get('reductions')),
    memory: isUndefined(get('memory')) ? null : memoryOf(get('memory')),
    processes: limited(get('processes')),
    ports: limited(get('ports')),
    atoms: limited(get('atoms')),
    etsTables: limited(get('ets_tables')),
    applications: isUndefined(get('applications')) ? null : applicationsOf(get('applications')),
    top: typeof top === 'string' ? null : top,
    topMissing: typeof top === 'string' ? top : null,
  };
}

function memoryOf(term: Term): VmMemory {
  const bytes = (kind: string) => whole(field(term, kind));
  return {
    total: bytes('total'),
    processes: bytes('processes'),
    processesUsed: bytes('processes_used'),
    system: bytes('system'),
    atom: bytes('atom'),
    atomUsed: bytes('atom_used'),
    binary: bytes('binary'),
    code: bytes('code'),
    ets: bytes('ets'),
  };
}

function applicationsOf(term: Term): VmApplication[] {
  const applications = list(term).map((each) => {
    const [name, description, version] = elements(each, 3) as [Term, Term, Term];
    return { name: text(name), version: text(version), description: text(description) };
  });
  return applications.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function limited(term: Term): Limited {
  const [count, limit] = pair(term);
  return { count, limit };
}

function pair(term: Term): [number, number] {
  return elements(term, 2).map(whole) as [number, number];
}
