import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { ROOT, run } from '../commands.ts';
import { type Figure, median } from '../figures.ts';
import type { PermissionsTime } from '../programs/set-permissions.ts';
import type { Case } from '../workshop.ts';

const FILES_A_FOLDER = 100;
/** www-data, as Debian has it. */
const OWNER = 33;
/** A share of the better of the others: the same, as far as two runs of one thing are the same. */
const AT_MOST = 1.1;

interface Contender {
  name: string;
  /** The mode of directories: `chmod -R` has no word for setgid on directories alone. */
  directoryMode: string;
  set: (tree: string) => Promise<number>;
}

const slipway: Contender = {
  name: 'Slipway',
  directoryMode: '2775',
  async set(tree) {
    const program = path.join(path.dirname(tree), 'bundle/set-permissions.js');
    const printed = await run(process.execPath, [program, tree, `${OWNER}`, `${OWNER}`]);
    return (JSON.parse(printed) as PermissionsTime).ms;
  },
};
const chmod: Contender = {
  name: 'chown -R, chmod -R',
  directoryMode: '0775',
  set: (tree) => timeShell('chown -R "$1" "$2" && chmod -R u=rwX,g=rwX,o=rX "$2"', tree),
};
const find: Contender = {
  name: 'chown -R, find -exec chmod +',
  directoryMode: '2775',
  set: (tree) =>
    timeShell(
      'chown -R "$1" "$2" && find "$2" -type d -exec chmod 2775 {} + -o -type f -exec chmod 0664 {} +',
      tree,
    ),
};
const CONTENDERS = [slipway, chmod, find];

export const permissions: Case = {
  title: 'Owner and modes of 100,000 files',
  about:
    'In 1,000 folders, a tree for each contender, each the first in its turn. All wrong: every file and folder has ' +
    "another owner, group and mode; once with what is known of them in the kernel's caches, as just after a " +
    'checkout, and once with caches dropped. Then again, with nothing to change. Slipway sets them in the agent, so ' +
    'its time is that of the call, in a process of its own; the tools have the time of their commands.',
  async run({ folder, runs, quick, say }) {
    const files = quick ? 10_000 : 100_000;
    await bundleOurs(path.join(folder, 'bundle'));
    const trees = CONTENDERS.map((_, i) => path.join(folder, `tree-${i}`));
    for (const tree of trees) makeTree(tree, files);
    // What is cached is the whole machine's, which others may be using when something is only tried out.
    const works = ['all wrong', 'nothing to change', ...(quick ? [] : ['all wrong, caches dropped'])];
    const figures = works.flatMap((work) =>
      CONTENDERS.map(({ name }): Figure => ({ work, of: name, unit: 'ms', values: [] })),
    );
    const measure = async (work: string, at: number) => {
      const { name, set } = CONTENDERS[at] as Contender;
      await run('sync', []);
      if (work.endsWith('dropped')) fs.writeFileSync('/proc/sys/vm/drop_caches', '3');
      const ms = await set(trees[at] as string);
      figures.find((figure) => figure.work === work && figure.of === name)?.values.push(ms);
    };
    for (let round = 1; round <= runs; round++) {
      for (let turn = 0; turn < CONTENDERS.length; turn++) {
        const at = (round + turn) % CONTENDERS.length;
        const tree = trees[at] as string;
        for (const work of works) {
          if (work.startsWith('all wrong')) spoil(tree);
          await measure(work, at);
          await check(tree, CONTENDERS[at] as Contender);
        }
      }
      say(`run ${round} of ${runs}`);
    }
    for (const work of works) limit(figures.filter((figure) => figure.work === work));
    return figures;
  },
};

/** Bundles ours as it is in dist: threads that have to strip types first start late. */
async function bundleOurs(outdir: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['bench/programs/set-permissions.ts', 'src/release/permissions-worker.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    entryNames: '[name]',
    outdir,
    external: ['yauzl'],
    logLevel: 'warning',
  });
  fs.writeFileSync(path.join(outdir, 'package.json'), '{ "type": "module" }');
}

function makeTree(tree: string, files: number): void {
  for (let i = 0; i < files; i++) {
    const folder = path.join(tree, `folder${Math.floor(i / FILES_A_FOLDER)}`);
    if (i % FILES_A_FOLDER === 0) fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, `file${i}.php`), '<?php\n');
  }
}

function spoil(tree: string): void {
  for (const entry of [tree, ...fs.readdirSync(tree, { recursive: true, encoding: 'utf8' })]) {
    const file = path.resolve(tree, entry);
    fs.chownSync(file, 1, 1);
    fs.chmodSync(file, fs.statSync(file).isDirectory() ? 0o700 : 0o600);
  }
}

async function check(tree: string, { name, directoryMode }: Contender): Promise<void> {
  const wrong = ['-type', 'd', '!', '-perm', directoryMode, '-o', '-type', 'f', '!', '-perm', '0664'];
  const others = ['-o', '!', '-uid', `${OWNER}`, '-o', '!', '-gid', `${OWNER}`];
  const found = await run('find', [tree, '(', ...wrong, ...others, ')', '-print', '-quit']);
  if (found !== '') throw new Error(`${name} left wrong: ${found}`);
}

async function timeShell(script: string, tree: string): Promise<number> {
  const startedMs = performance.now();
  await run('sh', ['-euc', script, 'sh', `${OWNER}:${OWNER}`, tree]);
  return performance.now() - startedMs;
}

function limit(figures: Figure[]): void {
  const [ours, ...theirs] = figures;
  if (ours) ours.limit = AT_MOST * Math.min(...theirs.map(({ values }) => median(values)));
}
