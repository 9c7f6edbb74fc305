import { dirname } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';

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
      return { contents, resolveDir: dirname(import.meta.dirname) };
    });
  },
};

/** What takes long to load, and few need: without an expression no engine for them, without letters of the East no widths of them. */
const lazyLibraries: Plugin = {
  name: 'lazy-libraries',
  setup(bundler) {
    const lazy: Record<string, string> = {
      re2js: "module.exports = { get RE2JS() { return require('re2js').RE2JS } }",
      'string-width': "module.exports = (text) => require('string-width').default(text)",
    };
    bundler.onResolve({ filter: /^(re2js|string-width)$/ }, ({ path, kind }) =>
      kind === 'require-call' ? undefined : { path, namespace: 'lazy' },
    );
    bundler.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      contents: lazy[path] ?? '',
      resolveDir: dirname(import.meta.dirname),
    }));
  },
};

function builtin(name: string): string {
  const load = `process.getBuiltinModule(${JSON.stringify(name)})`;
  if (name === 'node:process') return 'module.exports = process';
  const module: unknown = process.getBuiltinModule(name);
  // node:events and the like are functions, which are called and extended.
  if (typeof module !== 'object' || module === null) return `module.exports = ${load}`;
  const getters = Object.keys(module).map((key) => `get ${key}() { return load().${key} }`);
  // Every file that imports it gets an object with copies of its own properties: inherited ones cost nothing.
  return `let module_; const load = () => (module_ ??= ${load}); module.exports = Object.create({${getters.join(',')}})`;
}

/** How the sources become programs that start quickly: those of dist, and the tests' own agents. */
export const bundling = {
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  entryNames: '[name]',
  chunkNames: 'chunk-[hash]',
  // Native, so they find their files beside themselves; the last is left where it is until it is used.
  external: ['better-sqlite3', '@lydell/node-pty', '@node-rs/argon2', '@node-rs/bcrypt', 'koffi', 're2js'],
  plugins: [lazyBuiltins, lazyLibraries, namedExports],
  // Some libraries are CommonJS and call `require`, which an ES module does not have.
  banner: { js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
  // A third less for V8 to keep. Names stay, for traces.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
} satisfies BuildOptions;

/** What is started by itself: the command line and agent, a process for each shell, threads. */
export const programs = [
  'src/main.ts',
  'src/agent/terminal/terminal-host.ts',
  'src/acme/order-thread.ts',
  'src/release/unpack-worker.ts',
  'src/release/permissions-worker.ts',
];
