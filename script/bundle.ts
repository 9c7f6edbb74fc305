import fs from 'node:fs';
import path from 'node:path';
import { build as bundle, type Plugin } from 'esbuild';

/**
 * Bundles the sources into dist: main.js (command line and agent), terminal-host.js (a process for each shell), the
 * threads (`*-worker.js`), and the chunks that they load when they are needed. Node runs the sources as they are, too; the bundle starts several times as fast.
 */
const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const HOUR_MS = 3_600_000;

/**
 * Makes the command line start in half the time and the agent smaller: `import http from 'node:http'` makes Node load the
 * module and read every export of it, getters too. Those of node:http load undici (40 ms and 13 MB of resident memory),
 * those of node:crypto all of webcrypto, those of node:process open stdin. In the bundle a module of Node's is loaded,
 * and an export read, when it is used.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(bundler) {
    bundler.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }));
    bundler.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: builtin(path) }));
  },
};

/**
 * `await import('yauzl')` of a CommonJS package has its named exports in Node, but in a bundle its default export alone.
 * Here the names that Node finds are written out.
 */
const namedExports: Plugin = {
  name: 'named-exports',
  setup(bundler) {
    bundler.onResolve({ filter: /^[^./]/ }, async ({ path, kind }) => {
      if (kind !== 'dynamic-import' || path.startsWith('node:')) return;
      const exports = (await import(path)) as object;
      return 'module.exports' in exports ? { path, namespace: 'commonjs', pluginData: exports } : undefined;
    });
    bundler.onLoad({ filter: /.*/, namespace: 'commonjs' }, ({ path, pluginData }) => {
      const names = Object.keys(pluginData as object).filter(
        (name) => name !== 'module.exports' && name !== 'default',
      );
      const contents = `const all = require('${path}'); export default all; export const {${names.join(',')}} = all`;
      return { contents, resolveDir: root };
    });
  },
};

function builtin(name: string): string {
  const load = `process.getBuiltinModule(${JSON.stringify(name)})`;
  if (name === 'node:process') return 'module.exports = process';
  const module: unknown = process.getBuiltinModule(name);
  // node:events and the like are functions, which are called and extended.
  if (typeof module !== 'object' || module === null) return `module.exports = ${load}`;
  const getters = Object.keys(module).map((key) => `get ${key}() { return load().${key} }`);
  return `let module_; const load = () => (module_ ??= ${load}); module.exports = {${getters.join(',')}}`;
}

const made = fs.mkdtempSync(path.join(root, '.cache/dist-'));
try {
  await bundle({
    absWorkingDir: root,
    entryPoints: [
      'src/main.ts',
      'src/agent/terminal/terminal-host.ts',
      'src/release/unpack-worker.ts',
      'src/release/permissions-worker.ts',
    ],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    outdir: made,
    entryNames: '[name]',
    chunkNames: 'chunk-[hash]',
    sourcemap: 'linked',
    sourcesContent: false,
    // Native, so they find their files beside themselves.
    external: ['better-sqlite3', '@lydell/node-pty'],
    plugins: [lazyBuiltins, namedExports],
    // Some libraries are CommonJS and call `require`, which an ES module does not have.
    banner: { js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
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
    if (!names.includes(name) && fs.statSync(file).mtimeMs < Date.now() - HOUR_MS) fs.rmSync(file);
  }
}

function isChunk(name: string): boolean {
  return name.startsWith('chunk-');
}
