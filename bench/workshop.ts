import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Figure } from './figures.ts';

/** What a case gets: a folder of its own, how often to measure, and a place for what must be ended after it. */
export interface Workshop {
  folder: string;
  runs: number;
  quick: boolean;
  /** Ended in reverse order when the case ends, however it ends. */
  cleanUp: AsyncDisposableStack;
  say: (progress: string) => void;
}

/** A case: measures all contenders in turn, run after run. */
export interface Case {
  title: string;
  /** What is measured, and how, in a few sentences. */
  about: string;
  run(workshop: Workshop): Promise<Figure[]>;
}

export async function inWorkshop<T>(quick: boolean, work: (workshop: Workshop) => Promise<T>): Promise<T> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  const cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
  const interrupt = () => void cleanUp.disposeAsync().finally(() => process.exit(130));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    return await work({
      folder,
      quick,
      runs: quick ? 2 : 5,
      cleanUp,
      say: (text) => process.stderr.write(`  ${text}\n`),
    });
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await cleanUp.disposeAsync();
  }
}
