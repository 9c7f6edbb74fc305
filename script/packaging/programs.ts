import { existsSync } from 'node:fs';
import path from 'node:path';
import { bundleProgram } from '../bundle-program.ts';
import { programs } from '../bundling.ts';
import { buildPages } from './pages.ts';

const root = path.join(import.meta.dirname, '../..');

export interface Programs {
  folder: string;
  /** The folders of the packages that are in them, their own files or code made of them. */
  packages: string[];
}

/** Builds the programs and the pages into a folder. Without source maps: traces have the names of functions. */
export async function buildPrograms(folder: string): Promise<Programs> {
  const inputs: string[] = [];
  for (const program of programs) {
    const { inputs: its } = await bundleProgram({ program, folder });
    inputs.push(...Object.keys(its));
  }
  const pages = await buildPages(path.join(folder, 'web'));
  // Some files are of namespaces of plug-ins (`lazy:re2js`).
  const files = [...inputs, ...pages].map((file) => file.replace(/^[a-z-]+:|\?.*$|\0/g, ''));
  const found = files.map(packageOf).filter((each) => each !== null);
  return { folder, packages: [...new Set(found)].toSorted() };
}

/** The folder of the package that a file belongs to; null for our own. */
function packageOf(file: string): string | null {
  const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path.resolve(root, file));
  const folder = match?.[1];
  return folder !== undefined && existsSync(path.join(folder, 'package.json')) ? folder : null;
}
