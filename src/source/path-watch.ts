import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, isExhausted, tellUnwatched, tellWatched } from '../kernel/index.ts';

/**
 * Tells when something happens to files that may not be there yet, below a folder (`root`) that may not be there
 * either. inotify follows an inode, not a path, so every folder from `root` down to each file is watched for the entry
 * that leads on; above `root`, only the folders whose entry can redirect the path: a symbolic link, or what is missing.
 *
 * Not seen: a folder above `root` that is renamed, and what other hosts do on a network file system. Nor is anything
 * seen in a folder that cannot be watched (no permission, no watches left, which is told). A poll is needed beside it.
 */
export class PathWatch {
  private readonly root: string;
  private readonly onEvent: () => void;
  private aimedAt: string | null = null;
  private watchers: fs.FSWatcher[] = [];
  private closed = false;

  constructor(root: string, onEvent: () => void) {
    this.root = root;
    this.onEvent = onEvent;
  }

  /**
   * Watches the way to these files (relative to `root`), in place of what was watched. Free where nothing has happened
   * since. What happens after it has resolved is told, so look after it, not before.
   */
  async aim(files: readonly string[]): Promise<void> {
    const aim = files.join('\0');
    for (let walks = 0; walks < MAX_WALKS && this.aimedAt !== aim && !this.closed; walks++) {
      this.aimedAt = aim;
      const way = new Way(this.root, (directory, names) => this.open(directory, names));
      const complete = await way.follow(files);
      if (way.exhausted === null) tellWatched(this);
      else tellUnwatched(this, way.exhausted);
      // The new ones are open by now: nothing is missed in between.
      for (const watcher of this.watchers) watcher.close();
      this.watchers = way.watchers;
      if (this.closed) this.close();
      if (complete) return;
      this.expire();
    }
  }

  /** Has the next `aim` find the way anew. */
  expire(): void {
    this.aimedAt = null;
  }

  close(): void {
    this.closed = true;
    tellWatched(this);
    for (const watcher of this.watchers) watcher.close();
    this.watchers = [];
  }

  private open(directory: string, names: ReadonlySet<string>): fs.FSWatcher {
    const self = path.basename(directory);
    const watcher = fs.watch(directory, (_type, name) => {
      // What happens to the folder itself comes under its own name.
      if (name !== null && name !== self && !names.has(name)) return;
      this.expire();
      this.onEvent();
    });
    watcher.on('error', () => this.expire());
    return watcher;
  }
}

/** A folder that vanishes during a walk has it walked again; something that does so all the time is left to the poll. */
const MAX_WALKS = 10;
const MAX_LINKS = 40;

/** One walk along every file's path, opening watches before looking at what they are about. */
class Way {
  readonly watchers: fs.FSWatcher[] = [];
  /** Why something on the way is not watched, where it is not about the way itself. */
  exhausted: unknown = null;
  private readonly namesOf = new Map<string, Set<string>>();
  private readonly root: string;
  private readonly open: (directory: string, names: ReadonlySet<string>) => fs.FSWatcher;
  private links = 0;
  private complete = true;

  constructor(root: string, open: (directory: string, names: ReadonlySet<string>) => fs.FSWatcher) {
    this.root = root;
    this.open = open;
  }

  /** False where a folder vanished on the way, so that it has to be walked again. */
  async follow(files: readonly string[]): Promise<boolean> {
    const root = await this.walk('/', this.root, false);
    if (root !== null) for (const file of files) await this.walk(root, file, true);
    return this.complete;
  }

  /**
   * Goes from the real folder `from` along `route`; gives the real path at its end, null where it leads nowhere.
   * `every`: watch each entry on the way, not only those that can redirect it.
   */
  private async walk(from: string, route: string, every: boolean): Promise<string | null> {
    let at = from;
    for (const name of route.split('/')) {
      if (name === '' || name === '.') continue;
      if (name === '..') {
        at = path.dirname(at);
        continue;
      }
      const entry = path.join(at, name);
      if (every) this.watch(at, name);
      let stat = await lstat(entry);
      if (!every && !stat?.isDirectory()) {
        this.watch(at, name);
        stat = await lstat(entry);
      }
      if (!stat) return null;
      const end = stat.isSymbolicLink() ? await this.followLink(at, entry) : entry;
      if (end === null) return null;
      at = end;
    }
    return at;
  }

  private async followLink(directory: string, link: string): Promise<string | null> {
    if (++this.links > MAX_LINKS) return null;
    const target = await fs.promises.readlink(link).catch(() => null);
    if (target === null) return null;
    return this.walk(path.isAbsolute(target) ? '/' : directory, target, false);
  }

  private watch(directory: string, name: string): void {
    const known = this.namesOf.get(directory);
    if (known) {
      known.add(name);
      return;
    }
    const names = new Set([name]);
    this.namesOf.set(directory, names);
    try {
      this.watchers.push(this.open(directory, names));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') this.complete = false;
      else if (isExhausted(error)) this.exhausted = error;
      // One that may not be read: its parent tells when that changes.
      else if (directory !== '/') this.watch(path.dirname(directory), path.basename(directory));
    }
  }
}

/** Gives null where there is nothing to be seen, for whatever reason: the reader of the file tells it. */
function lstat(entry: string): Promise<fs.Stats | null> {
  return fs.promises.lstat(entry).catch(() => null);
}
