import fs from 'node:fs';
import path from 'node:path';
import { runTool, SlipwayError, writeFileDurable } from '../kernel/index.ts';

/** DeployEx as a unit of systemd, which its installer makes. */
export interface DeployexUnit {
  file: string;
  /** 0 where it does not run. */
  mainPid: number;
  /** What becomes of what it has started when it ends: `process` leaves it. */
  killMode: string;
}

const NAME = 'deployex.service';
const PLACES = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'];

/** Null where there is none. */
export async function findUnit(): Promise<DeployexUnit | null> {
  const file = PLACES.map((place) => path.join(place, NAME)).find((each) => fs.existsSync(each));
  if (file === undefined) return null;
  const text = await runTool(['systemctl', 'show', NAME, '--property=MainPID,KillMode']).catch(() => '');
  const property = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  return { file, mainPid: Number(property('MainPID')) || 0, killMode: property('KillMode') };
}

/** Nothing starts it again: systemd would after it was killed, and at the next boot. What it has stays as it is. */
export async function keepDown(): Promise<void> {
  const folder = `/run/systemd/system/${NAME}.d`;
  fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
  writeFileDurable(path.join(folder, 'slipway.conf'), '[Service]\nRestart=no\n', { mode: 0o644 });
  await runTool(['systemctl', 'daemon-reload']);
  await runTool(['systemctl', 'disable', NAME]);
}

/** Stops it and, as it is made, its apps. */
export async function stopUnit(): Promise<void> {
  await runTool(['systemctl', 'disable', '--now', NAME]).catch((error: unknown) => {
    throw new SlipwayError('import_refused', {
      message: `${NAME} was not stopped: ${String(error)}`,
      next: `systemctl status ${NAME}`,
    });
  });
}
