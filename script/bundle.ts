import fs from 'node:fs';
import path from 'node:path';
import { bundleProgram } from './bundle-program.ts';
import { programs } from './bundling.ts';

/**
 * Bundles the sources into dist: main.js (command line and agent), terminal-host.js (a process for each shell), the
 * threads (`*-worker.js`), and the chunks that they load when they are needed. Node runs the sources as they are, too; the bundle starts several times as fast.
 */
const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const HOUR_MS = 3_600_000;

const made = fs.mkdtempSync(path.join(root, '.cache/dist-'));
try {
  for (const program of programs) await bundleProgram({ program, folder: made, sourceMaps: true });
  putInPlace();
} finally {
  fs.rmSync(made, { recursive: true });
}

/** File by file with rename, entries last: what starts meanwhile finds one whole build, the former or this one. */
function putInPlace(): void {
  fs.mkdirSync(dist, { recursive: true });
  const names = fs.readdirSync(made).toSorted((a, b) => Number(isChunk(b)) - Number(isChunk(a)));
  for (const name of names) fs.renameSync(path.join(made, name), path.join(dist, name));
  // Chunks of former builds stay an hour, for an agent that runs and has not loaded them yet.
  for (const name of fs.readdirSync(dist)) {
    const file = path.join(dist, name);
    if (!isKept(name) && !names.includes(name) && fs.statSync(file).mtimeMs < Date.now() - HOUR_MS)
      fs.rmSync(file);
  }
}

function isChunk(name: string): boolean {
  return name.startsWith('chunk-');
}

/** The pages, and what script/package has made. */
function isKept(name: string): boolean {
  return name === 'web' || name.startsWith('slipway-');
}
