import fs from 'node:fs';
import path from 'node:path';
import { formatSize } from '../kernel/index.ts';
import type { ArchiveEntry, EntrySink } from './archive-entry.ts';
import { checkTarget, entryPath, parentOf } from './entry-path.ts';
import type { Limits } from './limits.ts';
import type { Owner } from './permission-rule.ts';
import { quote, Refusal } from './refusal.ts';
import { SameContent } from './same-content.ts';
import { type Wrapping, wrapperIn } from './wrapper.ts';

/** The rwx bits: setuid, setgid and sticky are dropped. */
const MODE_MASK = 0o777;
const DIRECTORY_MODE = 0o755;
/** What a tree is given away for is that its owner works with it: copies it, among other things. */
const OWNER_READS = 0o400;
const OWNER_ENTERS = 0o500;
/** What is remembered of names; it keeps the memory of half a million entries within the worker's limit. */
const NAMES_MAX_BYTES = 64 * 1024 ** 2;
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;

type Node = 'file' | 'directory' | 'link';

interface OpenFile {
  fd: number;
  entry: ArchiveEntry;
  /** Set where the file was written before, and only has to be the same. */
  again: SameContent | null;
}

/**
 * The directory that an archive is unpacked into: checks every entry and writes it with plain system calls. Nobody else
 * writes there, so what is in it is known from `nodes` without asking the file system: a path whose folders are
 * directories in `nodes` goes through no link.
 */
export class Tree implements EntrySink {
  private readonly root: string;
  private readonly limits: Limits;
  /** Nobody but us comes to the tree before its last directory, the root, is given to its owner. */
  private readonly owner: Owner | null;
  private readonly nodes = new Map<string, Node>([['', 'directory']]);
  private readonly directories = new Map<string, { mode: number; mtimeSeconds: number | null }>();
  private readonly links: { path: string; target: string }[] = [];
  private readonly wrapping: Wrapping | null;
  private readonly isLink = (name: string): boolean => this.nodes.get(name) === 'link';
  private open: OpenFile | null = null;
  private namesBytes = 0;
  private entries = 0;
  private sizeBytes = 0;

  constructor(
    root: string,
    of: { limits: Limits; owner: Owner | null; wrapping?: Wrapping | null | undefined },
  ) {
    this.root = root;
    this.limits = of.limits;
    this.owner = of.owner;
    this.wrapping = of.wrapping ?? null;
    fs.mkdirSync(root, { mode: 0o700 });
  }

  begin(entry: ArchiveEntry): void {
    this.entries += 1;
    if (this.entries > this.limits.entries) this.refuseCount();
    const name = entryPath(entry.path);
    this.makeParents(name, entry);
    if (entry.type === 'directory') return this.makeDirectory(name, entry);
    if (name === '') throw new Refusal('stands for the directory itself and is none', entry.path);
    if (this.nodes.has(name)) return this.again(name, entry);
    if (entry.type === 'file') this.openFile(name, entry);
    else if (entry.type === 'symlink') this.makeSymlink(name, entry);
    else this.makeHardlink(name, entry);
  }

  write(chunk: Uint8Array): void {
    const { open } = this;
    if (open === null) return;
    if (open.again) return open.again.compare(chunk);
    for (let written = 0; written < chunk.length; ) {
      written += fs.writeSync(open.fd, chunk, written, chunk.length - written);
    }
  }

  end(): void {
    const { open } = this;
    if (open === null) return;
    this.open = null;
    open.again?.end();
    // The content comes first, for a write would set the time again. It is fchmod, because the umask cuts the mode of
    // open(2).
    const { owner } = this;
    if (owner) fs.fchownSync(open.fd, owner.uid, owner.gid);
    fs.fchmodSync(open.fd, (open.entry.mode & MODE_MASK) | (owner ? OWNER_READS : 0));
    const { mtimeSeconds } = open.entry;
    if (mtimeSeconds !== null) fs.futimesSync(open.fd, mtimeSeconds, mtimeSeconds);
    fs.closeSync(open.fd);
  }

  /** Whatever has to wait for the last entry: links through links, and modes and times of directories. */
  finish(): { entries: number; sizeBytes: number; wrapper: string | null } {
    if (this.nodes.size === 1) throw new Refusal('it is empty');
    for (const link of this.links) checkTarget(link, this.isLink);
    const wrapper = this.wrapping && wrapperIn(this.nodes, this.wrapping);
    if (wrapper !== null) this.checkLinksWithout(wrapper);
    // Folders inside others first: a mode may shut the outer one.
    for (const [name, { mode, mtimeSeconds }] of [...this.directories].reverse()) {
      const directory = path.join(this.root, name);
      if (this.owner) fs.chownSync(directory, this.owner.uid, this.owner.gid);
      fs.chmodSync(directory, (mode & MODE_MASK) | (this.owner ? OWNER_ENTERS : 0));
      if (mtimeSeconds !== null) fs.utimesSync(directory, mtimeSeconds, mtimeSeconds);
    }
    // The archive's own `./` does not count: archives packed in a private temporary directory say 0700 there. What is
    // around the release stays shut: the release is taken out of it.
    const release = wrapper === null ? this.root : path.join(this.root, wrapper);
    fs.chmodSync(release, DIRECTORY_MODE);
    if (this.owner) fs.chownSync(release, this.owner.uid, this.owner.gid);
    return { entries: this.entries, sizeBytes: this.sizeBytes, wrapper };
  }

  /** A link from the folder to itself by its name would lead out of the directory that it becomes. */
  private checkLinksWithout(wrapper: string): void {
    const below = wrapper.length + 1;
    const isLink = (name: string) => this.isLink(`${wrapper}/${name}`);
    for (const { path: name, target } of this.links) checkTarget({ path: name.slice(below), target }, isLink);
  }

  /** Some packers list a file twice. What is the same is the same; of two that differ, nobody knows which is meant. */
  private again(name: string, entry: ArchiveEntry): void {
    const node = this.nodes.get(name);
    const file = `${this.root}/${name}`;
    if (entry.type === 'file' && node === 'file') {
      this.count(entry);
      // Its mode is set again when it was compared; ours may forbid to read it meanwhile.
      fs.chmodSync(file, 0o600);
      const fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW);
      this.open = { fd, entry, again: new SameContent(fd, entry.path) };
      return;
    }
    if (entry.type === 'symlink' && node === 'link' && fs.readlinkSync(file) === entry.target) return;
    if (entry.type === 'hardlink' && node === 'file' && this.isOneFile(name, entry.target)) return;
    throw new Refusal('is in the archive twice, and not as the same', entry.path);
  }

  private isOneFile(name: string, target: string): boolean {
    const other = path.posix.normalize(target);
    if (this.nodes.get(other) !== 'file') return false;
    return fs.lstatSync(`${this.root}/${name}`).ino === fs.lstatSync(`${this.root}/${other}`).ino;
  }

  private makeParents(name: string, entry: ArchiveEntry): void {
    const parent = parentOf(name);
    const node = this.nodes.get(parent);
    if (node === 'directory') return;
    if (node !== undefined)
      throw new Refusal(`goes through ${quote(parent)}, which is a ${node} of the archive`, entry.path);
    this.makeParents(parent, entry);
    this.addDirectory(parent);
  }

  private makeDirectory(name: string, entry: ArchiveEntry): void {
    const node = this.nodes.get(name);
    if (node !== undefined && node !== 'directory')
      throw new Refusal(`is a directory where the archive has a ${node} already`, entry.path);
    if (node === undefined) this.addDirectory(name);
    if (name !== '') this.directories.set(name, { mode: entry.mode, mtimeSeconds: entry.mtimeSeconds });
  }

  private addDirectory(name: string): void {
    this.add(name, 'directory');
    this.directories.set(name, { mode: DIRECTORY_MODE, mtimeSeconds: null });
    fs.mkdirSync(`${this.root}/${name}`, { mode: 0o700 });
  }

  private openFile(name: string, entry: ArchiveEntry): void {
    this.count(entry);
    this.add(name, 'file');
    const fd = fs.openSync(`${this.root}/${name}`, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    this.open = { fd, entry, again: null };
  }

  private count(entry: ArchiveEntry): void {
    this.sizeBytes += entry.sizeBytes;
    if (this.sizeBytes > this.limits.sizeBytes) {
      const limit = formatSize(this.limits.sizeBytes);
      throw new Refusal(
        `brings the total to ${formatSize(this.sizeBytes)}, over the limit of ${limit}`,
        entry.path,
      );
    }
  }

  private makeSymlink(name: string, entry: ArchiveEntry): void {
    const { target, mtimeSeconds } = entry;
    checkTarget({ path: name, target }, this.isLink);
    this.add(name, 'link');
    this.namesBytes += target.length;
    this.links.push({ path: name, target });
    fs.symlinkSync(target, `${this.root}/${name}`);
    if (this.owner) fs.lchownSync(`${this.root}/${name}`, this.owner.uid, this.owner.gid);
    if (mtimeSeconds !== null) fs.lutimesSync(`${this.root}/${name}`, mtimeSeconds, mtimeSeconds);
  }

  private makeHardlink(name: string, entry: ArchiveEntry): void {
    let target: string | null = null;
    try {
      target = entryPath(entry.target);
    } catch {
      // Refused below in the words of a link.
    }
    if (target === null || this.nodes.get(target) !== 'file') {
      const why = `is a hard link to ${quote(entry.target)}, which is no file that the archive had before`;
      throw new Refusal(why, entry.path);
    }
    this.add(name, 'file');
    fs.linkSync(`${this.root}/${target}`, `${this.root}/${name}`);
  }

  private add(name: string, node: Node): void {
    this.nodes.set(name, node);
    this.namesBytes += name.length;
    if (this.nodes.size > this.limits.entries + 1) this.refuseCount();
    if (this.namesBytes > NAMES_MAX_BYTES) throw new Refusal('its names alone take more than 64 MB');
  }

  private refuseCount(): never {
    throw new Refusal(`it holds more than the limit of ${this.limits.entries} entries`);
  }
}
