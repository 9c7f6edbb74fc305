import fs from 'node:fs';
import path from 'node:path';
import { runTool, writeFileDurable } from '../kernel/index.ts';
import { isSystemdHost } from '../supervisor/index.ts';
import type { Installation } from './installation.ts';

const UNIT = 'slipway.service';
const FILE = `/etc/systemd/system/${UNIT}`;

/** What systemd says of the agent's unit. */
export interface UnitState {
  /** `active`, `activating` between two attempts, `inactive`, `failed`. */
  active: string;
  /** How often it was started again since somebody started it. */
  restarts: number;
}

/** The agent's unit. */
export const unit = {
  /** Null where there is no systemd, or no such unit. */
  async state(): Promise<UnitState | null> {
    if (!isSystemdHost() || !fs.existsSync(FILE)) return null;
    const shown = await runTool(['systemctl', 'show', UNIT, '--property=ActiveState,NRestarts']);
    const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(shown)?.[1] ?? '';
    return { active: value('ActiveState'), restarts: Number(value('NRestarts')) };
  },

  async start(): Promise<void> {
    // One that has failed too often is not started otherwise.
    await runTool(['systemctl', 'reset-failed', UNIT]).catch(() => {});
    await runTool(['systemctl', 'restart', UNIT]);
  },

  async stop(): Promise<void> {
    await runTool(['systemctl', 'stop', UNIT]);
  },

  /** The last lines of the agent. */
  async lastWords(): Promise<string> {
    return (
      await runTool(['journalctl', '--unit', UNIT, '--lines', '8', '--no-pager', '--output', 'cat']).catch(
        () => '',
      )
    ).trim();
  },

  /**
   * Brings the unit file from that of one version to that of another, and tells whether it did: one that a person has
   * changed is left as it is.
   */
  async bring(installation: Installation, { from, to }: { from: string; to: string }): Promise<boolean> {
    const [former, next] = [from, to].map((version) =>
      read(path.join(installation.folderOf(version), 'share/slipway.service')),
    );
    if (!next || next === former || read(FILE) !== former) return false;
    writeFileDurable(FILE, next, { mode: 0o644 });
    await runTool(['systemctl', 'daemon-reload']);
    return true;
  },
};

function read(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
