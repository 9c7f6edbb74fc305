import fs from 'node:fs';
import { type Clock, errnoOf, sleep } from '../kernel/index.ts';
import type { ControlGroup } from './cgroup/index.ts';
import { bootId, parseStat } from './proc.ts';
import { RunProcesses } from './run-processes.ts';

const KILL_AGAIN_MS = 50;

/** $1 the boot, $2 the control group or empty, $3 the record, the rest: what runs. */
const ENTER = `[ -z "$2" ] || echo 0 >"$2/cgroup.procs" || exit 125
read -r _slipway_line </proc/self/stat
echo "$1 $_slipway_line" >"$3"; shift 3; exec "$@"`;

/**
 * Tools of which one at a time works on something: whoever comes next can end what is left of the one before, whatever
 * became of the agent that had started it. They are in a control group, or, where there are none, known by the record
 * that the last one has left.
 */
export class ContainedTools {
  private readonly group: ControlGroup | null;
  private readonly record: string;
  private readonly clock: Clock;

  constructor(parts: { group: ControlGroup | null; record: string; clock: Clock }) {
    this.group = parts.group;
    this.record = parts.record;
    this.clock = parts.clock;
  }

  /** The command line that runs a program as one of them. */
  enter(argv: readonly string[]): string[] {
    this.group?.make();
    return [
      '/bin/sh',
      '-c',
      ENTER,
      'slipway-tool',
      bootId,
      this.group?.directory ?? '',
      this.record,
      ...argv,
    ];
  }

  /** Ends all of them at once; resolves when nothing is left. */
  async end(): Promise<void> {
    const processes = new RunProcesses({ group: this.group, main: this.lastRecorded(), holder: null });
    while (!processes.isEmpty()) {
      processes.kill();
      const again = AbortSignal.timeout(KILL_AGAIN_MS);
      await processes.untilEmpty({ clock: this.clock, signal: again }).catch(() => sleep(0));
    }
    fs.rmSync(this.record, { force: true });
    this.group?.remove();
  }

  private lastRecorded() {
    try {
      const [boot = '', ...stat] = fs.readFileSync(this.record, 'utf8').split(' ');
      return boot === bootId ? parseStat(stat.join(' ')) : null;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }
  }
}
