import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, uniqueName } from '../kernel/index.ts';

/** What it is for. */
export type StageKind = 'backup' | 'unpacked';

/** A folder of our own in a folder, for what is not whole yet. Those of processes that were killed are taken away. */
export function makeStage(folder: string, kind: StageKind): string {
  for (const name of fs.readdirSync(folder)) {
    const [, of, pid] = /^\.tmp-(backup|unpacked)\.(\d+)\.[0-9a-f]+$/.exec(name) ?? [];
    const stage = path.join(folder, name);
    if (of === kind && !isAlive(Number(pid)) && isOurs(stage)) removeStage(stage);
  }
  const stage = uniqueName(path.join(folder, kind));
  fs.mkdirSync(stage, { mode: 0o700 });
  return stage;
}

export function removeStage(stage: string): void {
  fs.rmSync(stage, { recursive: true, force: true });
}

/** Anybody may name a folder so, where the archive lies. */
function isOurs(stage: string): boolean {
  return fs.lstatSync(stage, { throwIfNoEntry: false })?.uid === process.geteuid?.();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}
