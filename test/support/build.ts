import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Vitest's global set-up: the agent and the command line that tests start are those of the present sources. */
export function setup(): void {
  const root = path.join(import.meta.dirname, '../..');
  execFileSync(path.join(root, 'script/build'), { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}
