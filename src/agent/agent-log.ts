import fs from 'node:fs';
import { messageOf, redact } from '../kernel/index.ts';
import { logFiles, openLog } from '../supervisor/index.ts';

/** The agent's own log: lines for people, on stderr (systemd's journal has them) and in a file for `logs --agent`. */
export class AgentLog {
  readonly file: string;
  private fd: number | null = null;

  constructor(logsDirectory: string) {
    this.file = logFiles(logsDirectory, 'slipway', 'agent').stdout;
  }

  write(message: string): void {
    const line = `${new Date().toISOString()} ${redact(message).replaceAll('\n', ' | ')}\n`;
    process.stderr.write(line);
    try {
      this.fd ??= openLog(this.file);
      fs.writeSync(this.fd, line);
    } catch (error) {
      // A full disk must not end the agent; stderr has the line.
      process.stderr.write(`${this.file} could not be written: ${messageOf(error)}\n`);
    }
  }
}
