import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');
const CACHE = path.join(ROOT, '.cache/packaged');
const ARCHIVE = 'slipway-0.1.0-linux-x64.tar.gz';
/** As the bundle has package.json. */
const NAMED = 'name:`slipway`,version:`0.1.0`';
/** What an archive is made of. */
const SOURCES = ['src', 'script', 'bin', 'install.sh', 'package.json', 'package-lock.json'];

/** The archive of the present sources, made once for all tests that need it. Call it in a `beforeAll`. */
export function packaged(): string {
  const folder = path.join(CACHE, digestOfSources());
  fs.mkdirSync(folder, { recursive: true });
  const archive = path.join(folder, ARCHIVE);
  const make = `[ -f "$1.sha256" ] || SOURCE_DATE_EPOCH=1 script/package --target linux-x64 --format gz --out "$2"`;
  // Test files run side by side: the first one makes it, the others wait for it.
  execFileSync('flock', [path.join(CACHE, 'lock'), 'sh', '-ec', make, 'sh', archive, folder], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (const name of fs.readdirSync(CACHE))
    if (name !== 'lock' && name !== path.basename(folder))
      fs.rmSync(path.join(CACHE, name), { recursive: true, force: true });
  return archive;
}

/** An archive of another version, not compressed; `change` may alter its folder. */
export function otherVersion(
  archive: string,
  options: { version: string; folder: string; change?: (folder: string) => void },
): string {
  const { version, folder, change } = options;
  const name = `slipway-${version}`;
  const made = path.join(folder, name);
  fs.mkdirSync(made, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '--strip-components=1', '-C', made]);
  replaceIn(path.join(made, 'package.json'), '"0.1.0"', JSON.stringify(version));
  for (const file of fs.readdirSync(path.join(made, 'dist'))) {
    const program = path.join(made, 'dist', file);
    if (file.endsWith('.js') && fs.readFileSync(program, 'utf8').includes(NAMED))
      replaceIn(program, NAMED, `name:\`slipway\`,version:\`${version}\``);
  }
  change?.(made);
  const target = path.join(folder, `${name}-linux-x64.tar`);
  execFileSync('tar', ['-cf', target, '-C', folder, name]);
  fs.rmSync(made, { recursive: true });
  return target;
}

export function replaceIn(file: string, from: string, to: string): void {
  const text = fs.readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not have ${from}`);
  fs.writeFileSync(file, text.replace(from, to));
}

function digestOfSources(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    const at = path.join(ROOT, source);
    const files = fs.statSync(at).isFile() ? [''] : (fs.readdirSync(at, { recursive: true }) as string[]);
    for (const file of files.toSorted()) {
      const each = path.join(at, file);
      if (fs.statSync(each).isFile()) hash.update(`${source}/${file}\0`).update(fs.readFileSync(each));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
