import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { isDiskFull } from '../../src/kernel/index.ts';

/** A tmpfs of a given size, unmounted when the test ends. Needs root. */
export class SmallDisk {
  readonly folder: string;
  private readonly ballast: string;

  constructor(folder: string, sizeBytes: number) {
    this.folder = folder;
    this.ballast = path.join(folder, 'ballast');
    fs.mkdirSync(folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=0755`, 'tmpfs', folder]);
    // Lazily: a process that is still ending may have a file open there.
    onTestFinished(() => {
      execFileSync('umount', ['--lazy', folder]);
    });
  }

  /** Leaves so many bytes. */
  fill(leaveBytes: number): void {
    const fd = fs.openSync(this.ballast, 'a');
    try {
      for (const block of [65_536, 4096]) {
        const zeros = Buffer.alloc(block);
        while (this.freeBytes >= leaveBytes + block) fs.writeSync(fd, zeros);
      }
    } catch (error) {
      // What was free a moment ago somebody else has taken: it is full.
      if (!isDiskFull(error)) throw error;
    } finally {
      fs.closeSync(fd);
    }
  }

  empty(): void {
    fs.rmSync(this.ballast, { force: true });
  }

  get freeBytes(): number {
    const { bavail, bsize } = fs.statfsSync(this.folder);
    return bavail * bsize;
  }
}
