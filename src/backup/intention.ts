import fs from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { lockDataDirectory } from '../journal/index.ts';
import {
  readLink,
  removeFileDurable,
  SlipwayError,
  switchLink,
  syncDirectory,
  writeFileDurable,
} from '../kernel/index.ts';

/**
 * What a restore is about to put into its place, written before it writes anything else. Several files cannot be exchanged at
 * once: whoever is killed in between is gone on with, by the next restore or the next start of the agent, so that there is the
 * former state or the new one, and nothing beside it.
 */
export interface Intention {
  /** Whether all that is staged is whole. Until then nothing is exchanged, and whoever comes takes it away. */
  isStaged: boolean;
  exchanges: Exchange[];
  /** Folders of the restore's own, which go with it. */
  folders: string[];
  /** The configuration that is exchanged; null: none is. */
  configFile: string | null;
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
  isStaged: z.boolean(),
  exchanges: z.array(z.object({ staged: z.string().nullable(), target: z.string(), aside: z.string() })),
  folders: z.array(z.string()),
  configFile: z.string().nullable(),
});

/** Once all is staged it is done, whatever ends this process. */
export function intend(dataDirectory: string, intention: Intention): void {
  const { configFile } = intention;
  if (configFile !== null) {
    fs.mkdirSync(path.dirname(configFile), { recursive: true, mode: 0o755 });
    // Before what it leads to: that is found from its first moment.
    switchLink(linkBeside(configFile), dataDirectory);
  }
  writeFileDurable(path.join(dataDirectory, NAME), `${JSON.stringify(intention)}\n`);
}

/** Whether a restore was begun that is not over, and cannot be taken back any more. */
export function isIntended(dataDirectory: string): boolean {
  return intentionIn(dataDirectory)?.isStaged ?? false;
}

/** @throws SlipwayError `backup_refused` where a restore was begun that is not over: what is there is neither this nor that */
export function refuseIntended(dataDirectory: string): void {
  if (!isIntended(dataDirectory)) return;
  throw new SlipwayError('backup_refused', {
    message: `a restore was begun in ${dataDirectory}, and is not over`,
    hint: 'the start of the agent ends it; nothing was written',
    next: 'slipway agent',
  });
}

/**
 * Finishes a restore that was begun here: true where it has put something back, and false where there was none, or one that had
 * not staged all. Nobody else may work in the data folder meanwhile.
 */
export function finishRestore(
  dataDirectory: string,
  onStep: (step: string) => void = () => undefined,
): boolean {
  const intention = intentionIn(dataDirectory);
  if (intention === null) return false;
  const { isStaged, exchanges, folders, configFile } = intention;
  if (isStaged) carryOutAll(exchanges, onStep);
  else for (const { staged } of exchanges) if (staged !== null) fs.rmSync(staged, { force: true });
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
  onStep('cleared');
  if (configFile !== null) removeFileDurable(linkBeside(configFile));
  onStep('unlinked');
  removeFileDurable(path.join(dataDirectory, NAME));
  return isStaged;
}

/**
 * Finishes a restore that was to exchange this configuration. It is found without reading that, which may be gone for the
 * moment, or have been what was wrong.
 * @throws SlipwayError `agent_running`, `permission`
 */
export function finishRestoreOf(configFile: string): void {
  const dataDirectory = readLink(linkBeside(configFile));
  if (dataDirectory === null || !fs.existsSync(path.join(dataDirectory, NAME))) return;
  const lock = lockDataDirectory(dataDirectory);
  try {
    finishRestore(dataDirectory);
  } finally {
    lock.release();
  }
}

/** Leads to the data folder in which a restore has written what it intends. */
function linkBeside(configFile: string): string {
  return path.join(path.dirname(configFile), `.${path.basename(configFile)}.restore`);
}

function intentionIn(dataDirectory: string): Intention | null {
  const file = path.join(dataDirectory, NAME);
  return fs.existsSync(file) ? shape.parse(JSON.parse(fs.readFileSync(file, 'utf8'))) : null;
}

function carryOutAll(exchanges: readonly Exchange[], onStep: (step: string) => void): void {
  for (const exchange of exchanges) {
    carryOut(exchange, onStep);
    onStep(`exchanged ${path.basename(exchange.target)}`);
  }
  for (const folder of new Set(exchanges.map(({ target }) => path.dirname(target)))) syncDirectory(folder);
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
