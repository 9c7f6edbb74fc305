import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import manifest from '../../package.json' with { type: 'json' };
import { completionScript } from '../../src/cli/completion/index.ts';
import { createProgram } from '../../src/cli/program/index.ts';
import { JOURNAL_VERSION } from '../../src/journal/index.ts';
import { licencesOf, sbomOf } from './inventory.ts';
import { copyLibrary, librariesOf, nodeOf } from './libraries.ts';
import { manualPage } from './manual.ts';
import { filesOf } from './pages.ts';
import type { Programs } from './programs.ts';
import { stripExecutable } from './strip.ts';

const root = path.join(import.meta.dirname, '../..');
const SHELLS = { bash: 'slipway', zsh: '_slipway', fish: 'slipway.fish' } as const;

/** Makes the folder that is packed for a target: what is installed, and nothing else. */
export async function stageTree(options: {
  folder: string;
  target: string;
  programs: Programs;
}): Promise<void> {
  const { folder, target, programs } = options;
  const put = (file: string, text: string | Uint8Array) => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };
  for (const file of ['bin/slipway', 'install.sh']) put(file, fs.readFileSync(path.join(root, file)));
  fs.cpSync(programs.folder, path.join(folder, 'dist'), { recursive: true });

  const node = nodeOf(target);
  fs.mkdirSync(path.join(folder, 'runtime'));
  stripExecutable(path.join(node, 'bin/node'), path.join(folder, 'runtime/node'));
  const libraries = librariesOf(target);
  for (const each of libraries) copyLibrary(each, { to: path.join(folder, 'node_modules'), target });

  const packages = [...new Set([...programs.packages, ...libraries.map((each) => each.folder)])];
  put('sbom.json', `${JSON.stringify(sbomOf({ target, packages, node }), null, 2)}\n`);
  put('LICENSES', licencesOf({ target, packages, node }));
  put('package.json', `${JSON.stringify(describe(target), null, 2)}\n`);
  for (const name of ['slipway.service', 'slipway.yaml'])
    put(`share/${name}`, fs.readFileSync(path.join(import.meta.dirname, name)));
  const program = createProgram({
    version: manifest.version,
    bind: () => async () => {},
    runAgent: async () => {},
  });
  put('share/man/slipway.1.gz', zlib.gzipSync(manualPage(manifest.version), { level: 9 }));
  for (const [shell, name] of Object.entries(SHELLS))
    put(`share/completion/${name}`, completionScript(shell as keyof typeof SHELLS, program));
  setModes(folder);
}

/** What installers and updaters read before they run anything of it. */
function describe(target: string): object {
  return {
    name: 'slipway',
    version: manifest.version,
    type: 'module',
    license: manifest.license,
    slipway: { target, journal: JOURNAL_VERSION },
  };
}

/** The same whatever the umask of this machine is. */
function setModes(folder: string): void {
  const executables = ['bin/slipway', 'install.sh', 'runtime/node'];
  for (const file of filesOf(folder))
    fs.chmodSync(path.join(folder, file), executables.includes(file) ? 0o755 : 0o644);
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isDirectory()) fs.chmodSync(path.join(entry.parentPath, entry.name), 0o755);
  fs.chmodSync(folder, 0o755);
}
