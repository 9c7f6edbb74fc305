import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { build, type Rolldown } from 'vite';

const root = path.join(import.meta.dirname, '../..');
/** What a browser loads before it shows the overview, compressed. */
const FIRST_LOAD_BYTES = 100 * 1024;

/**
 * Builds the pages into a folder: `index.html` for all of them and `console.html` for the console, which needs a policy of
 * its own, assets with hashed names, and each of them compressed beside itself, so that the agent compresses nothing.
 * Gives the files that they were made of.
 */
export async function buildPages(folder: string): Promise<string[]> {
  // A test runner sets another one, by which JSX would be compiled for development: with the paths of this machine in it.
  process.env.NODE_ENV = 'production';
  const built = await build({
    configFile: false,
    root: path.join(root, 'src/web'),
    cacheDir: path.join(root, '.cache/vite'),
    publicDir: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: folder,
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
  compress(folder);
  holdBudget(folder);
  const { output } = built as Rolldown.RolldownOutput;
  return output.flatMap((each) => (each.type === 'chunk' ? each.moduleIds : []));
}

/** Names of all files in a folder and below, relative to it. */
export function filesOf(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

/** A file that hardly shrinks has no twin. */
function compress(folder: string): void {
  for (const file of filesOf(folder)) {
    const bytes = fs.readFileSync(path.join(folder, file));
    const smaller = { br: brotli(bytes), gz: zlib.gzipSync(bytes, { level: 9 }) };
    for (const [ending, packed] of Object.entries(smaller))
      if (packed.length < bytes.length * 0.9)
        fs.writeFileSync(path.join(folder, `${file}.${ending}`), packed);
  }
}

function brotli(bytes: Buffer): Buffer {
  return zlib.brotliCompressSync(bytes, {
    params: { [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
}

/** The document, and what it names. */
function holdBudget(folder: string): void {
  const document = fs.readFileSync(path.join(folder, 'index.html'), 'utf8');
  const named = [...document.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((match) => match[1] ?? '');
  const bytes = ['index.html', ...named].reduce((sum, name) => sum + packedSize(path.join(folder, name)), 0);
  if (bytes > FIRST_LOAD_BYTES)
    throw new Error(`the first load of the overview is ${bytes} bytes, more than ${FIRST_LOAD_BYTES}`);
}

function packedSize(file: string): number {
  return fs.statSync(fs.existsSync(`${file}.br`) ? `${file}.br` : file).size;
}
