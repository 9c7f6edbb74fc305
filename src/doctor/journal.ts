import fs from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../config/index.ts';
import { formatSize } from '../kernel/index.ts';
import { type Check, ok, warn } from './check.ts';

/** Rows are taken away an hour after they are too many, and leave free pages behind. */
const LARGE = 1.5;

/** The file of the journal, which holds the history of all apps. */
export function checkJournal({ dataDirectory, history }: Configuration): Check[] {
  const file = path.join(dataDirectory, 'slipway.db');
  const sizeBytes = fs.statSync(file, { throwIfNoEntry: false })?.size;
  if (sizeBytes === undefined) return [];
  const found = `${file} has ${formatSize(sizeBytes)}`;
  return [
    sizeBytes <= history.maxSizeBytes * LARGE
      ? ok('journal', found)
      : warn(
          'journal',
          `${found}, more than history.max_size (${formatSize(history.maxSizeBytes)}): what it needed once is used again, and not given back`,
          'slipway logs --agent --grep journal',
        ),
  ];
}
