import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { build } from 'vite';

/**
 * Builds the pages into dist/web: `index.html` for all of them and `console.html` for the console, which needs a policy of
 * its own, assets with hashed names, and each of them compressed beside itself, so that the agent compresses nothing.
 */
const root = path.join(import.meta.dirname, '..');
const target = path.join(root, 'dist/web');
/** What a browser loads before it shows the overview, compressed. */
const FIRST_LOAD_BYTES = 100 * 1024;
const HOUR_MS = 3_600_000;

const made = fs.mkdtempSync(path.join(root, '.cache/web-'));
try {
  await build({
    configFile: false,
    root: path.join(root, 'src/web'),
    cacheDir: path.join(root, '.cache/vite'),
    publicDir: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: made,
      emptyOutDir: false,
      target: ['chrome125', 'firefox128', 'safari18'],
      // The policy of the pages allows nothing inline, data: addresses neither.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 1000,
      rolldownOptions: {
        input: ['index.html', 'console.html'].map((name) => path.join(root, 'src/web', name)),
      },
    },
  });
  compress();
  holdBudget();
  putInPlace();
} finally {
  fs.rmSync(made, { recursive: true });
}

/** A file that hardly shrinks has no twin. */
function compress(): void {
  for (const file of filesOf(made)) {
    const bytes = fs.readFileSync(path.join(made, file));
    const smaller = { br: brotli(bytes), gz: zlib.gzipSync(bytes, { level: 9 }) };
    for (const [ending, packed] of Object.entries(smaller))
      if (packed.length < bytes.length * 0.9) fs.writeFileSync(path.join(made, `${file}.${ending}`), packed);
  }
}

function brotli(bytes: Buffer): Buffer {
  return zlib.brotliCompressSync(bytes, {
    params: { [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
}

/** The document, and what it names. */
function holdBudget(): void {
  const document = fs.readFileSync(path.join(made, 'index.html'), 'utf8');
  const named = [...document.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((match) => match[1] ?? '');
  const bytes = ['index.html', ...named].reduce((sum, name) => sum + packedSize(path.join(made, name)), 0);
  if (bytes > FIRST_LOAD_BYTES)
    throw new Error(`the first load of the overview is ${bytes} bytes, more than ${FIRST_LOAD_BYTES}`);
}

function packedSize(file: string): number {
  return fs.statSync(fs.existsSync(`${file}.br`) ? `${file}.br` : file).size;
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

function filesOf(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}
