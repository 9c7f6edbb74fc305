import path from 'node:path';

/** The floors of the house, from the ground up (docs/architecture.md). Folders of one floor do not know each other. */
const FLOORS: readonly (readonly string[])[] = [
  ['wording'],
  ['kernel'],
  [
    'acme',
    'config',
    'draft',
    'journal',
    'minisign',
    'otp',
    'proxy',
    'release',
    'seal',
    'secret',
    'source',
    'supervisor',
  ],
  ['access', 'certs', 'deployment', 'forward', 'publish'],
  ['app'],
  ['service', 'site'],
  ['api', 'backup', 'deployex', 'doctor', 'fleet', 'update'],
  ['agent', 'cli'],
  ['web'],
];
const TOP = FLOORS.length;
const SQL_LIBRARIES = ['better-sqlite3', 'node:sqlite', 'kysely'];
const SQL_FOLDER = 'journal';
/** What runs in a browser, and the doors that it may go through. */
const PAGES_FOLDER = 'web';
const PAGES_DOORS = ['wording/index.ts', 'api/pages/index.ts'];

/**
 * What breaks the plan of the house, one sentence each. `files`: text by path below `src`, such as `kernel/clock.ts`.
 * `main.ts` and `program.ts` stand above all floors.
 */
export function violations(files: Map<string, string>): string[] {
  const found: string[] = [];
  for (const [file, text] of files) {
    if (floorOf(file) === null) found.push(`${file} is in a folder that is on no floor`);
    for (const specifier of importsOf(text)) {
      const wrong = specifier.startsWith('.')
        ? wrongNeighbour(file, specifier)
        : wrongLibrary(file, specifier);
      if (wrong) found.push(`${file} imports ${specifier}: ${wrong}`);
    }
  }
  const folders = new Set([...files.keys()].map((file) => path.dirname(file)));
  for (const folder of folders)
    if (folder !== '.' && !files.has(`${folder}/index.ts`)) found.push(`${folder} has no index.ts`);
  return found;
}

/** What imports itself over others, types and late imports included: each circle of files as one sentence. */
export function circles(files: Map<string, string>): string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (file: string, trail: string[]) => {
    if (trail.includes(file)) found.add(circleAs(trail.slice(trail.indexOf(file))));
    if (trail.includes(file) || done.has(file)) return;
    for (const specifier of importsOf(files.get(file) ?? '')) {
      const target = path.posix.join(path.posix.dirname(file), specifier);
      if (specifier.startsWith('.') && files.has(target)) visit(target, [...trail, file]);
    }
    done.add(file);
  };
  for (const file of files.keys()) visit(file, []);
  return [...found];
}

/** A circle begins with its first file by name, so that it is one sentence wherever it was entered. */
function circleAs(files: string[]): string {
  const start = files.indexOf([...files].sort()[0] ?? '');
  const ring = [...files.slice(start), ...files.slice(0, start + 1)];
  return `${ring.join(' imports ')}: a circle`;
}

/** Sizes: half of the files are under 80 lines, 95 of 100 under 300. */
export function sizeViolations(files: Map<string, string>): string[] {
  const sizes = [...files.values()].map((text) => text.split('\n').length - 1).sort((a, b) => a - b);
  const median = sizes[Math.floor(sizes.length / 2)] ?? 0;
  const long = [...files].filter(([, text]) => text.split('\n').length - 1 >= 300).map(([file]) => file);
  const found: string[] = [];
  if (median >= 80) found.push(`the median file has ${median} lines, not under 80`);
  if (long.length > files.size * 0.05)
    found.push(`more than 5 % of the files have 300 lines: ${long.join(', ')}`);
  return found;
}

function wrongNeighbour(file: string, specifier: string): string | null {
  const target = path.posix.join(path.posix.dirname(file), specifier);
  if (target.startsWith('..')) return target === '../package.json' ? null : 'it is outside of src';
  if (folderOf(file) === PAGES_FOLDER && folderOf(target) !== PAGES_FOLDER && !PAGES_DOORS.includes(target))
    return `pages import ${PAGES_DOORS.join(' and ')} alone`;
  const floor = floorOf(target);
  const own = floorOf(file);
  if (folderOf(target) !== folderOf(file) && floor !== null && own !== null && floor >= own)
    return floor === own ? 'both are on one floor' : 'it is on a higher floor';
  const door = path.posix.dirname(target);
  const isInside = door === '.' || `${file}/`.startsWith(`${door}/`);
  return isInside || path.posix.basename(target) === 'index.ts'
    ? null
    : `the door of ${door} is its index.ts`;
}

function wrongLibrary(file: string, specifier: string): string | null {
  if (folderOf(file) === PAGES_FOLDER && specifier.startsWith('node:')) return 'a browser is no Node';
  return SQL_LIBRARIES.includes(specifier) && folderOf(file) !== SQL_FOLDER
    ? `SQL is spoken in ${SQL_FOLDER} alone`
    : null;
}

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
}

function floorOf(file: string): number | null {
  if (file === 'main.ts' || file === 'program.ts') return TOP;
  const floor = FLOORS.findIndex((folders) => folders.includes(folderOf(file)));
  return floor === -1 ? null : floor;
}

const IMPORTS = [
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]/g,
  /\bnew URL\(\s*['"](\.[^'"]+\.ts)['"]\s*,\s*import\.meta\.url/g,
];

function importsOf(text: string): string[] {
  return IMPORTS.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''));
}
