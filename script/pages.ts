import fs from 'node:fs';
import path from 'node:path';
import { buildPages, filesOf } from './packaging/pages.ts';

/** Builds the pages into dist/web, where the agent finds them. */
const root = path.join(import.meta.dirname, '..');
const target = path.join(root, 'dist/web');
const HOUR_MS = 3_600_000;

const made = fs.mkdtempSync(path.join(root, '.cache/web-'));
try {
  await buildPages(made);
  putInPlace();
} finally {
  fs.rmSync(made, { recursive: true });
}

/** With rename, documents last: who loads the pages meanwhile finds one whole build. Assets of former builds stay an hour. */
function putInPlace(): void {
  const names = filesOf(made).toSorted((a, b) => Number(isAsset(b)) - Number(isAsset(a)));
  for (const name of names) {
    fs.mkdirSync(path.dirname(path.join(target, name)), { recursive: true });
    fs.renameSync(path.join(made, name), path.join(target, name));
  }
  for (const name of filesOf(target)) {
    const file = path.join(target, name);
    if (!names.includes(name) && fs.statSync(file).mtimeMs < Date.now() - HOUR_MS) fs.rmSync(file);
  }
}

function isAsset(name: string): boolean {
  return name.startsWith('assets/');
}
