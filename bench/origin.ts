import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { CACHE, run } from './commands.ts';

/** What a generated repository holds; `commits` are those that `main` has from the beginning. */
export interface OriginSize {
  files: number;
  totalBytes: number;
  commits: number;
}

export const WHOLE: OriginSize = { files: 20_000, totalBytes: 300e6, commits: 200 };
export const QUICK: OriginSize = { files: 2_000, totalBytes: 30e6, commits: 20 };

/** Raised when what is generated changes, so that what lies in the cache is not taken for it. */
const GENERATION = 1;
/** Commits beyond those of `main`, for `advance`. */
const AHEAD = 60;
const AHEAD_REF = 'refs/ahead/last';
const CHANGED_FILES = 5;
const FILES_A_FOLDER = 25;
const FOLDERS_A_FOLDER = 20;
const FIRST_COMMIT_AT = 1_700_000_000;

/** A bare repository as a host has it, packed, whose branch `main` is moved on from commit to commit. */
export class Origin {
  readonly folder: string;
  private readonly ahead: string[];

  private constructor(folder: string, ahead: string[]) {
    this.folder = folder;
    this.ahead = ahead;
  }

  /** A copy, in `folder`, of the generated one in the cache. */
  static async make(folder: string, size: OriginSize): Promise<Origin> {
    await run('cp', ['-a', '--reflink=auto', '-T', await generated(size), folder]);
    const git = ['--git-dir', folder];
    const listed = await run('git', [...git, 'rev-list', '--reverse', `main..${AHEAD_REF}`]);
    await run('git', [...git, 'update-ref', '-d', AHEAD_REF]);
    return new Origin(folder, listed.trim().split('\n'));
  }

  /** Moves `main` to its next commit, which changes five files; that commit. */
  async advance(): Promise<string> {
    const next = this.ahead.shift();
    if (next === undefined) throw new Error(`the repository has no more than ${AHEAD} commits to move on to`);
    await run('git', ['--git-dir', this.folder, 'update-ref', 'refs/heads/main', next]);
    return next;
  }
}

async function generated(size: OriginSize): Promise<string> {
  const megabytes = Math.round(size.totalBytes / 1e6);
  const name = `origin-${GENERATION}-${size.files}-${megabytes}MB-${size.commits}.git`;
  const folder = path.join(CACHE, name);
  if (fs.existsSync(folder)) return folder;
  process.stderr.write(`  making a repository of ${size.files} files, once\n`);
  fs.mkdirSync(CACHE, { recursive: true });
  const unfinished = fs.mkdtempSync(path.join(CACHE, 'origin-'));
  try {
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', unfinished]);
    await importCommits(unfinished, size);
    await run('git', ['--git-dir', unfinished, 'repack', '-a', '-d', '-q']);
    fs.renameSync(unfinished, folder);
  } finally {
    fs.rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

async function importCommits(folder: string, size: OriginSize): Promise<void> {
  const git = spawn('git', ['--git-dir', folder, 'fast-import', '--quiet'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(git, 'close');
  const { stdin } = git;
  const random = randomFrom(1);
  const lines = Array.from({ length: 4096 }, () => codeLine(random));
  // Of the seed of a file its size and lines follow, so that any of them can be made again.
  const content = (file: number, revision: number) => fileContent({ file, revision, lines, size });
  for (let commit = 1; commit <= size.commits + AHEAD; commit++) {
    const message = `Change ${commit}`;
    const at = FIRST_COMMIT_AT + commit * 3600;
    await write(
      stdin,
      `commit ${AHEAD_REF}\nmark :${commit}\ncommitter Ada <ada@example.com> ${at} +0000\n${block(message)}`,
    );
    const all = commit === 1;
    for (let i = 0; i < (all ? size.files : CHANGED_FILES); i++) {
      const file = all ? i : Math.floor(random() * size.files);
      const mode = file % 100 === 0 ? '100755' : '100644';
      await write(stdin, `M ${mode} inline ${pathOf(file)}\n${block(content(file, commit))}`);
    }
    if (commit === size.commits) await write(stdin, `reset refs/heads/main\nfrom :${commit}\n\n`);
  }
  stdin.end();
  const [status] = await ended;
  if (status !== 0) throw new Error(`git fast-import ended with ${status}`);
}

async function write(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}

/** Text for fast-import; everything is ASCII, so a letter is a byte. */
function block(text: string): string {
  return `data ${text.length}\n${text}\n`;
}

function pathOf(file: number): string {
  const folder = Math.floor(file / FILES_A_FOLDER);
  return `src/part${Math.floor(folder / FOLDERS_A_FOLDER)}/module${folder}/File${file}.php`;
}

/** From nothing to twice the mean; a later revision differs in one line. */
function fileContent(options: { file: number; revision: number; lines: string[]; size: OriginSize }): string {
  const { file, revision, lines, size } = options;
  const random = randomFrom(file + 2);
  const bytes = Math.round(random() * 2 * (size.totalBytes / size.files));
  let text = `<?php // revision ${revision} of file ${file}\n`;
  while (text.length < bytes) text += lines[Math.floor(random() * lines.length)];
  return text;
}

function codeLine(random: () => number): string {
  const words = Array.from({ length: 5 }, () => Math.floor(random() * 1e7).toString(36));
  return `    $this->${words[0]}(${words.slice(1).join(', ')});\n`;
}

/** Numbers from 0 to 1 that are the same on every machine: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
