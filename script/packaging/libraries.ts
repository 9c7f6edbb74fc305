import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import lock from '../../package-lock.json' with { type: 'json' };
import { bundling } from '../bundling.ts';
import { filesOf } from './pages.ts';

const root = path.join(import.meta.dirname, '../..');
const LOCKED: Record<string, { version?: string; integrity?: string }> = lock.packages;

/** What a program reads at run time, and no headers, types, or binaries of other machines. */
const NEEDED = /(\.(c|m)?js|\.json|\.node)$|^licen[cs]e/i;
const NEEDLESS = /(^|\/)(deps|src|node_modules)\/|\.umd\.js$|(^|\/)browser\.js$/;
/** koffi has its programs in `src`. */
const NEEDED_ALL_THE_SAME = /^src\/koffi\/(src\/)?\w+\.c?js$/;
/** Only needed where a binary is compiled, and ours are not. */
const FOR_COMPILERS = ['node-addon-api'];

interface Library {
  /** As it is imported. */
  name: string;
  folder: string;
}

/** The packages that are not in the bundle, with all that they need on that target; `node-<target>` is Node itself. */
export function librariesOf(target: string): Library[] {
  const found = new Map<string, Library>();
  const add = (name: string) => {
    if (found.has(name) || FOR_COMPILERS.includes(name)) return;
    const library = { name, folder: folderOf(name) };
    found.set(name, library);
    const { dependencies = {}, optionalDependencies = {} } = manifestOf(library.folder);
    for (const each of Object.keys(dependencies)) add(each);
    for (const each of Object.keys(optionalDependencies)) if (isFor(each, target)) add(each);
  };
  for (const name of bundling.external) add(name);
  return [...found.values()];
}

/** The folder with Node for that target. */
export function nodeOf(target: string): string {
  return folderOf(`node-${target}`);
}

/** Copies into `<to>/<name>` what a program reads of a library. */
export function copyLibrary({ name, folder }: Library, options: { to: string; target: string }): void {
  for (const file of filesOf(folder)) {
    if (!NEEDED.test(file)) continue;
    if (NEEDLESS.test(file) && !NEEDED_ALL_THE_SAME.test(file)) continue;
    if (file.endsWith('.node') && !isFor(`${name}/${file}`, options.target)) continue;
    const copy = path.join(options.to, name, file);
    fs.mkdirSync(path.dirname(copy), { recursive: true });
    fs.copyFileSync(path.join(folder, file), copy);
  }
}

export interface Manifest {
  name: string;
  version: string;
  license?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

export function manifestOf(folder: string): Manifest {
  return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The digest of a package by the lock file; null where it is not in it. */
export function integrityOf(name: string): string | null {
  return LOCKED[`node_modules/${name}`]?.integrity ?? null;
}

function isFor(name: string, target: string): boolean {
  return name.includes(target) && !name.includes('musl');
}

/** Where npm has put it, or, what is for another processor than this machine's, a folder that it is fetched into. */
function folderOf(name: string): string {
  const installed = path.join(root, 'node_modules', name);
  return fs.existsSync(installed) ? installed : fetched(name);
}

/** As npm would install it: the version and the digest are those of the lock file. */
function fetched(name: string): string {
  const { version, integrity } = LOCKED[`node_modules/${name}`] ?? {};
  if (!version || !integrity) throw new Error(`package-lock.json does not have ${name}`);
  const cache = path.join(root, '.cache/package');
  const folder = path.join(cache, `${name.replace('/', '-')}-${version}`);
  if (fs.existsSync(folder)) return folder;
  fs.mkdirSync(cache, { recursive: true });
  const stage = fs.mkdtempSync(path.join(cache, '.fetch-'));
  try {
    execFileSync('npm', ['pack', '--silent', `${name}@${version}`, '--pack-destination', stage], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const archive = path.join(stage, fs.readdirSync(stage)[0] ?? '');
    const digest = createHash('sha512').update(fs.readFileSync(archive)).digest('base64');
    if (integrity !== `sha512-${digest}`)
      throw new Error(`${name}@${version} is not what package-lock.json says`);
    execFileSync('tar', ['-xzf', archive, '-C', stage]);
    fs.renameSync(path.join(stage, 'package'), folder);
  } finally {
    fs.rmSync(stage, { recursive: true });
  }
  return folder;
}
