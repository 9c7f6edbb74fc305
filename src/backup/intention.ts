import fs from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { removeFileDurable, syncDirectory, writeFileDurable } from '../kernel/index.ts';

/**
 * What a restore is about to put into its place, written before the first file is touched. Several files cannot be
 * exchanged at once: whoever is killed in between is gone on with, by the next restore or the next start of the agent, so that
 * there is the former state or the new one.
 */
export interface Intention {
  exchanges: Exchange[];
}

export interface Exchange {
  /** What is put there; null: nothing, the former one is only taken away. */
  staged: string | null;
  target: string;
  /** Where the former one goes. */
  aside: string;
}

const NAME = 'restore.json';

const shape = z.object({
  exchanges: z.array(z.object({ staged: z.string().nullable(), target: z.string(), aside: z.string() })),
});

/** From here on it is done, whatever ends this process. */
export function intend(dataDirectory: string, intention: Intention): void {
  writeFileDurable(path.join(dataDirectory, NAME), `${JSON.stringify(intention)}\n`);
}

/** Whether a restore was begun that is not over. */
export function isIntended(dataDirectory: string): boolean {
  return fs.existsSync(path.join(dataDirectory, NAME));
}

/** Finishes a restore that was begun here; false where none was. Nobody else may work in the data folder meanwhile. */
export function finishRestore(
  dataDirectory: string,
  onStep: (step: string) => void = () => undefined,
): boolean {
  if (!isIntended(dataDirectory)) return false;
  const file = path.join(dataDirectory, NAME);
  const { exchanges } = shape.parse(JSON.parse(fs.readFileSync(file, 'utf8')));
  for (const exchange of exchanges) {
    carryOut(exchange, onStep);
    onStep(`exchanged ${path.basename(exchange.target)}`);
  }
  for (const folder of new Set(exchanges.map(({ target }) => path.dirname(target)))) syncDirectory(folder);
  removeFileDurable(file);
  return true;
}

/** May be done again at any point. */
function carryOut({ staged, target, aside }: Exchange, onStep: (step: string) => void): void {
  const isPending = staged === null ? isThere(target) && !isThere(aside) : isThere(staged);
  if (!isPending) return;
  if (isThere(target) && !isThere(aside)) fs.renameSync(target, aside);
  onStep(`aside ${path.basename(target)}`);
  // What is taken away first is durable first: a log beside another database would be applied to it.
  syncDirectory(path.dirname(target));
  if (staged !== null) fs.renameSync(staged, target);
}

function isThere(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
