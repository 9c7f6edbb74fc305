// unpack.ts <archive> <folder> <runs>: unpacks an archive in turn with GNU tar, a thread each time, and prints how long each took.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { unpack } from '../../src/release/index.ts';

/** What it prints, as JSON: milliseconds of each run. */
export interface UnpackTimes {
  slipway: number[];
  tar: number[];
}

const [archive = '', folder = '', runs] = process.argv.slice(2);
const times: UnpackTimes = { slipway: [], tar: [] };
const contenders = {
  slipway: async (into: string) => {
    await unpack({ archive, into });
  },
  tar: async (into: string) => {
    fs.mkdirSync(into);
    const [status] = await once(spawn('tar', ['-xf', archive, '-C', into], { stdio: 'inherit' }), 'exit');
    if (status !== 0) throw new Error(`tar ended with ${status}`);
  },
};
for (let run = -1; run < Number(runs); run++) {
  const order = Object.keys(contenders) as (keyof UnpackTimes)[];
  for (const name of run % 2 === 0 ? order : order.toReversed()) {
    const into = path.join(folder, name);
    execFileSync('sync', ['--file-system', folder]);
    const startedMs = performance.now();
    await contenders[name](into);
    // The first round fills the kernel's caches and is not counted.
    if (run >= 0) times[name].push(performance.now() - startedMs);
    fs.rmSync(into, { recursive: true });
  }
}
console.log(JSON.stringify(times));
