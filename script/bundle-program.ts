import fs from 'node:fs';
import path from 'node:path';
import { build, type Metafile } from 'esbuild';
import { rolldown } from 'rolldown';
import { bundling } from './bundling.ts';

const root = path.join(import.meta.dirname, '..');

/**
 * What is loaded together when a program loads it: a piece belongs to the first that needs it at once, and what none of them
 * needs stays in a file of its own. The agent's are those that the command line loads, too, and those that it alone does.
 */
const TOGETHER = [
  'src/program.ts',
  'src/config/document.ts',
  'src/config/schema.ts',
  'src/agent/index.ts',
  'src/api/server.ts',
  'src/api/http-handler.ts',
];
const AGENT = 'src/agent/index.ts';

/**
 * Bundles a program into a folder. esbuild makes a file of all that the same set of lazy imports needs, a hundred in all, and to find
 * and to link one costs Node as much as to run it: so those that are loaded together are joined.
 */
export async function bundleProgram(options: {
  program: string;
  folder: string;
  sourceMaps?: boolean;
}): Promise<Metafile> {
  const { program, folder, sourceMaps = false } = options;
  const pieces = fs.mkdtempSync(path.join(root, '.cache/pieces-'));
  try {
    const { metafile } = await build({
      ...bundling,
      absWorkingDir: root,
      entryPoints: [program],
      outdir: pieces,
      metafile: true,
      ...(sourceMaps ? { sourcemap: 'linked', sourcesContent: false } : {}),
    });
    const groups = groupsOf(metafile, path.relative(root, path.resolve(root, program)));
    await using joined = await rolldown({
      cwd: pieces,
      input: path.join(pieces, `${path.basename(program, '.ts')}.js`),
      external: (id) => !id.startsWith('.') && !id.startsWith(pieces),
      platform: 'node',
      treeshake: false,
      preserveEntrySignatures: 'allow-extension',
      plugins: [
        {
          name: 'pieces',
          load: (id) => ({
            code: fs.readFileSync(id, 'utf8'),
            map: sourceMaps ? fs.readFileSync(`${id}.map`, 'utf8') : null,
          }),
        },
      ],
    });
    await joined.write({
      dir: folder,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: 'chunk-[hash].js',
      sourcemap: sourceMaps,
      sourcemapExcludeSources: true,
      keepNames: false,
      comments: false,
      minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
      codeSplitting: {
        includeDependenciesRecursively: false,
        groups: [{ debugName: 'together', name: (id) => groups.get(path.basename(id)) ?? null }],
      },
    });
    return metafile;
  } finally {
    fs.rmSync(pieces, { recursive: true });
  }
}

/** To which group each of esbuild's files belongs. */
function groupsOf(metafile: Metafile, program: string): Map<string, string> {
  const entries = new Map(
    Object.entries(metafile.outputs).flatMap(([file, { entryPoint }]) =>
      entryPoint ? [[entryPoint, file]] : [],
    ),
  );
  const closure = (file: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const { path: next, kind } of metafile.outputs[file]?.imports ?? [])
      if (kind === 'import-statement' && metafile.outputs[next]) closure(next, seen);
    return seen;
  };
  const ofCommands = new Set(
    [...entries]
      .filter(([source]) => source.startsWith('src/cli/'))
      .flatMap(([, file]) => [...closure(file)]),
  );
  const groups = new Map<string, string>();
  for (const source of [program, ...TOGETHER]) {
    const file = entries.get(source);
    if (file === undefined) continue;
    const name = path.basename(path.dirname(source));
    for (const piece of closure(file)) {
      const key = path.basename(piece);
      const group =
        source === AGENT && ofCommands.has(piece) ? 'common' : `${name}-${path.basename(source, '.ts')}`;
      // An entry may wait at its top: nothing else may need it.
      if (!groups.has(key) && piece !== entries.get(program)) groups.set(key, group);
    }
  }
  return groups;
}
