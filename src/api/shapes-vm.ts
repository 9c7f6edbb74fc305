import * as z from 'zod';

const limited = z.object({ count: z.int(), limit: z.int() });

const vmProcess = z.object({
  pid: z.string().describe('as the node writes it: <0.123.0>'),
  registered_name: z.string().nullable(),
  initial_call: z.string().nullable().describe('of a behaviour its callback, as Shop.Cart.init/1'),
  current_function: z.string().nullable(),
  memory_bytes: z.int(),
  message_queue_length: z.int(),
  reductions: z.number(),
  status: z.string().describe('waiting, running, runnable, garbage_collecting, suspended, exiting'),
});

/** What the Erlang VM of an instance tells of itself. */
export const vm = z.object({
  instance: z.string(),
  at: z.string(),
  node: z.string(),
  otp_release: z.string(),
  erts_version: z.string(),
  uptime_s: z.number(),
  schedulers: z.object({
    online: z.int(),
    total: z.int(),
    dirty_cpu_online: z.int(),
    dirty_io: z.int(),
  }),
  run_queue: z.int().describe('what is ready to run and waits for a scheduler'),
  reductions: z.number().describe('since the start of the VM'),
  memory: z
    .object({
      total_bytes: z.int(),
      processes_bytes: z.int(),
      processes_used_bytes: z.int(),
      system_bytes: z.int().describe('all that is not of processes: atoms, binaries, code, ets and others'),
      atom_bytes: z.int(),
      atom_used_bytes: z.int(),
      binary_bytes: z.int(),
      code_bytes: z.int(),
      ets_bytes: z.int(),
    })
    .nullable()
    .describe('null where the VM was started with allocators that cannot tell'),
  processes: limited,
  ports: limited,
  atoms: limited,
  ets_tables: limited,
  applications: z
    .array(z.object({ name: z.string(), version: z.string(), description: z.string() }))
    .nullable()
    .describe('that run, by name; null where the VM was too busy to tell'),
  top: z
    .object({
      processes: z.int().describe('how many there were'),
      looked_at: z.int(),
      sampled: z.boolean().describe('whether not all of them were looked at'),
      took_ms: z.int(),
      by_memory: z.array(vmProcess).describe('largest first'),
      by_message_queue: z.array(vmProcess).describe('longest first; none whose queue is empty'),
    })
    .nullable(),
  top_missing: z.string().nullable().describe('why there is no top'),
});

export type Vm = z.infer<typeof vm>;
export type VmProcess = z.infer<typeof vmProcess>;
