import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

type Content = string | Uint8Array | { link: string } | { executable: string };

const IDENTITY = { name: 'Ada Lovelace', email: 'ada@example.com' };
/** No setting of the machine's own. */
const ENVIRONMENT = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: IDENTITY.name,
  GIT_AUTHOR_EMAIL: IDENTITY.email,
  GIT_COMMITTER_NAME: IDENTITY.name,
  GIT_COMMITTER_EMAIL: IDENTITY.email,
  GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
};

/** git as a person would call it, on a machine without settings; what it wrote, without the last line's end. */
export function runGit(folder: string, ...args: string[]): string {
  const options = {
    cwd: folder,
    env: { ...ENVIRONMENT, HOME: folder },
    stdio: 'pipe',
    maxBuffer: 2 ** 30,
  } as const;
  return execFileSync('git', args, options).toString().trimEnd();
}

/** A repository that a test commits to; its folder is its address. */
export class GitRepository {
  readonly folder: string;

  constructor(folder: string, options: { format?: 'sha1' | 'sha256' } = {}) {
    this.folder = folder;
    fs.mkdirSync(folder, { recursive: true });
    this.git('init', '--quiet', '--initial-branch=main', `--object-format=${options.format ?? 'sha1'}`);
  }

  git(...args: string[]): string {
    return runGit(this.folder, ...args);
  }

  /** Writes these files and commits everything; the full commit. */
  commit(files: Record<string, Content>, message = 'a change'): string {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(this.folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.rmSync(file, { force: true, recursive: true });
      if (typeof content === 'string' || content instanceof Uint8Array) fs.writeFileSync(file, content);
      else if ('link' in content) fs.symlinkSync(content.link, file);
      else fs.writeFileSync(file, content.executable, { mode: 0o755 });
    }
    this.git('add', '--all', '--force');
    this.git('commit', '--quiet', '--allow-empty', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }

  writeBlob(content: Uint8Array | string): string {
    return this.feed(['hash-object', '-w', '--stdin'], content);
  }

  /** Lines of `git mktree`, which takes what no person would commit. */
  writeTree(entries: Uint8Array | string): string {
    return this.feed(['mktree', '--missing'], entries);
  }

  /** Makes a commit of such lines the only one of `main`. */
  commitTree(entries: Uint8Array | string): string {
    const commit = this.feed(['commit-tree', this.writeTree(entries)], 'by hand');
    this.git('update-ref', 'refs/heads/main', commit);
    return commit;
  }

  private feed(args: string[], input: Uint8Array | string): string {
    return execFileSync('git', args, { cwd: this.folder, env: ENVIRONMENT, input, stdio: 'pipe' })
      .toString()
      .trim();
  }
}

/** Every entry below a folder but `.git`: path (Latin-1) to kind, mode and content. */
export function treeOf(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (directory: Buffer, prefix: string) => {
    for (const entry of fs.readdirSync(directory, { encoding: 'buffer' })) {
      const name = entry.toString('latin1');
      if (name === '.git') continue;
      const file = Buffer.concat([directory, Buffer.from('/'), entry]);
      const stat = fs.lstatSync(file);
      const mode = (stat.mode & 0o7777).toString(8);
      if (stat.isSymbolicLink()) found[prefix + name] = `link ${fs.readlinkSync(file, 'latin1')}`;
      else if (stat.isDirectory()) {
        found[prefix + name] = `folder ${mode}`;
        walk(file, `${prefix}${name}/`);
      } else found[prefix + name] = `file ${mode} ${fs.readFileSync(file, 'latin1')}`;
    }
  };
  walk(Buffer.from(folder), '');
  return found;
}
