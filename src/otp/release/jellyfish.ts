// Jellyfish, the library that writes appups for mix releases, leaves `ebin/jellyfish.json` beside each since version 0.2.
import path from 'node:path';
import { readText, wrongFile } from './text-file.ts';

export interface Jellyfish {
  from: string;
  to: string;
}

/**
 * What it says of `lib/<application>-<version>` of a release; null where there is none.
 * @throws SlipwayError `term_malformed`
 */
export function readJellyfish(
  root: string,
  application: { name: string; version: string },
): Jellyfish | null {
  const file = path.join(root, 'lib', `${application.name}-${application.version}`, 'ebin/jellyfish.json');
  const text = readText(file);
  if (text === null) return null;
  const { from, to } = parseJson(text, file);
  if (typeof from !== 'string' || typeof to !== 'string') throw wrongFile(file, 'it has no "from" and "to"');
  return { from, to };
}

function parseJson(text: string, file: string): { from?: unknown; to?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    throw wrongFile(file, 'it is not JSON');
  }
}
