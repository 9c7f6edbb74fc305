import fs from 'node:fs';
import os from 'node:os';
import type { Machine as Shown } from '../../api/index.ts';
import type { Clock } from '../../kernel/index.ts';
import { disksOf, type Place } from './disks.ts';
import { LoopLag } from './loop-lag.ts';
import { Processor } from './processor.ts';

/** The machine that the agent runs on. Nothing is measured while nobody asks. */
export class Machine {
  private readonly processor: Processor;
  private readonly lag: LoopLag;

  constructor(clock: Clock) {
    this.processor = new Processor(clock);
    this.lag = new LoopLag();
  }

  async look({ places, openConsoles }: { places: Place[]; openConsoles: number }): Promise<Shown> {
    const memory = memoryOf(fs.readFileSync('/proc/meminfo', 'latin1'));
    const used = process.memoryUsage();
    return {
      hostname: os.hostname(),
      os: osName(),
      kernel: `${os.type()} ${os.release()}`,
      uptime_s: Math.round(os.uptime()),
      cpu: {
        count: os.availableParallelism(),
        percent: await this.processor.look(),
        load: os.loadavg().map((each) => Math.round(each * 100) / 100),
      },
      memory,
      disks: await disksOf(places),
      agent: {
        memory_bytes: used.rss,
        heap_bytes: used.heapUsed,
        loop_lag_p99_ms: this.lag.look(),
        open_consoles: openConsoles,
      },
    };
  }

  close(): void {
    this.lag.close();
  }
}

/** Of proc_meminfo(5), which counts in units of 1024 bytes. */
export function memoryOf(meminfo: string): Shown['memory'] {
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
  return {
    total_bytes: bytes('MemTotal'),
    available_bytes: bytes('MemAvailable'),
    swap_total_bytes: bytes('SwapTotal'),
    swap_free_bytes: bytes('SwapFree'),
  };
}

function osName(): string {
  try {
    const text = fs.readFileSync('/etc/os-release', 'utf8');
    return /^PRETTY_NAME="?([^"\n]{1,100})"?$/m.exec(text)?.[1] ?? os.type();
  } catch {
    return os.type();
  }
}
