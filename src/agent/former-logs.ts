import fs from 'node:fs';
import path from 'node:path';
import type { App } from '../app/index.ts';

/**
 * Units that are configured no longer and whose logs are there still, in order: those of fewer replicas. Where they are all
 * there is, they are what `slipway logs` shows of the app.
 */
export function formerUnits({ context, instances }: App): string[] {
  const { id, logsDirectory } = context;
  const configured = instances.rows().map(({ unit }) => unit);
  return namesIn(path.join(logsDirectory, id))
    .flatMap((name) => (name.startsWith(`${id}-`) ? (UNIT.exec(name.slice(id.length + 1))?.[1] ?? []) : []))
    .filter((unit) => !configured.includes(unit))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

const UNIT = /^([1-9]\d{0,3}|[a-z][a-z0-9_-]*\.[1-9]\d{0,3})-stdout\.log$/;

function namesIn(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch {
    return [];
  }
}
