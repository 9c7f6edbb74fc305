import type * as api from '../api/index.ts';
import type { Vm, VmProcess } from '../otp/index.ts';
import { iso } from './present.ts';

/** What a VM told, in the shape of the API. */
export function presentVm(vm: Vm, { instance, now }: { instance: string; now: number }): api.Vm {
  const { schedulers, memory, top } = vm;
  return {
    instance,
    at: iso(now),
    node: vm.node,
    otp_release: vm.otpRelease,
    erts_version: vm.ertsVersion,
    uptime_s: vm.uptimeMs / 1000,
    schedulers: {
      online: schedulers.online,
      total: schedulers.total,
      dirty_cpu_online: schedulers.dirtyCpuOnline,
      dirty_io: schedulers.dirtyIo,
    },
    run_queue: vm.runQueue,
    reductions: vm.reductions,
    memory: memory && {
      total_bytes: memory.total,
      processes_bytes: memory.processes,
      processes_used_bytes: memory.processesUsed,
      system_bytes: memory.system,
      atom_bytes: memory.atom,
      atom_used_bytes: memory.atomUsed,
      binary_bytes: memory.binary,
      code_bytes: memory.code,
      ets_bytes: memory.ets,
    },
    processes: vm.processes,
    ports: vm.ports,
    atoms: vm.atoms,
    ets_tables: vm.etsTables,
    applications: vm.applications,
    top: top && {
      processes: top.processes,
      looked_at: top.lookedAt,
      sampled: top.lookedAt < top.processes,
      took_ms: top.tookMs,
      by_memory: top.byMemory.map(presentProcess),
      by_message_queue: top.byMessageQueue.map(presentProcess),
    },
    top_missing: vm.topMissing,
  };
}

function presentProcess(process: VmProcess): api.VmProcess {
  return {
    pid: process.pid,
    registered_name: process.registeredName,
    initial_call: process.initialCall,
    current_function: process.currentFunction,
    memory_bytes: process.memoryBytes,
    message_queue_length: process.messageQueueLength,
    reductions: process.reductions,
    status: process.status,
  };
}
