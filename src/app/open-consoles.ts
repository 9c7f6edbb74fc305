import path from 'node:path';
import { parseReleaseName } from '../release/index.ts';
import type { Console } from './console.ts';

/** The shells that people have open on an app, wherever they have gone from the directory that they were started in. */
export class OpenConsoles {
  private readonly open = new Set<Console>();

  /** Returns how to say that it has ended. */
  add(console: Console): () => void {
    this.open.add(console);
    return () => {
      this.open.delete(console);
    };
  }

  /** Numbers of the releases that they run from. */
  releasesInUse(): number[] {
    const numbers = [...this.open].map(({ cwd }) => parseReleaseName(path.basename(cwd))?.number);
    return numbers.filter((number) => number !== undefined);
  }

  /** Whether one was started in the directory of a release. */
  isIn(directory: string): boolean {
    return [...this.open].some(({ cwd }) => cwd === directory);
  }
}
