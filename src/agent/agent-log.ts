import fs from 'node:fs';
import { type Clock, messageOf, safeText } from '../kernel/index.ts';
import { logFiles, openLog } from '../supervisor/index.ts';

/** The agent's own log: lines for people, on stderr (systemd's journal has them) and in a file for `logs --agent`. */
export class AgentLog {
  readonly file: string;
  private fd: number | null = null;
  private lines = '';
  private pending: NodeJS.Immediate | null = null;

  private readonly clock: Clock;

  constructor(logsDirectory: string, clock: Clock) {
    this.clock = clock;
    this.file = logFiles(logsDirectory, 'slipway', 'agent').stdout;
  }

  write(message: string): void {
    this.lines += `${new Date(this.clock.now()).toISOString()} ${safeText(message).replaceAll('\n', ' | ')}\n`;
    // All of it is written at the end of the turn: starting a successor does not wait for what is said of it.
    this.pending ??= setImmediate(() => this.flush());
  }

  flush(): void {
    if (this.pending) clearImmediate(this.pending);
    this.pending = null;
    const { lines } = this;
    this.lines = '';
    if (lines === '') return;
    process.stderr.write(lines);
    try {
      this.fd ??= openLog(this.file);
      fs.writeSync(this.fd, lines);
    } catch (error) {
      // A full disk must not end the agent; stderr has the lines.
      process.stderr.write(`${this.file} could not be written: ${messageOf(error)}\n`);
    }
  }
}
