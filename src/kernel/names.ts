import { randomBytes } from 'node:crypto';
import path from 'node:path';

/** Names of apps and environments. */
export const NAME_PATTERN = /^[a-z][a-z0-9_-]*$/;
/** Versions become names of directories, so nothing else is let through. */
export const VERSION_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._+~-]*$/;
const VERSION_MAX_LENGTH = 128;

export function isVersion(text: string): boolean {
  return text.length <= VERSION_MAX_LENGTH && VERSION_PATTERN.test(text);
}

/** A name beside `file`, hidden, that nothing else uses; left-overs are known by the prefix `.tmp-`. */
export function uniqueName(file: string): string {
  const slash = file.lastIndexOf('/');
  return `${file.slice(0, slash + 1)}.tmp-${file.slice(slash + 1)}.${process.pid}.${randomBytes(6).toString('hex')}`;
}

/** The folder that a file lies in, for people: where that one is a left-over to be (`uniqueName`), the one around it. */
export function lastingFolder(file: string): string {
  const folder = path.dirname(file);
  return path.basename(folder).startsWith('.tmp-') ? path.dirname(folder) : folder;
}

/** Names of others may be very many, or very long: what is compared is what people type. */
const COMPARED_LENGTH = 100;
const COMPARED_WORDS = 2000;

/** Suggests the known word nearest to a mistyped one, or null where none is near (Levenshtein distance). */
export function nearest(word: string, known: readonly string[]): string | null {
  let best: { word: string; distance: number } | null = null;
  if (word.length > COMPARED_LENGTH) return null;
  for (const candidate of known.slice(0, COMPARED_WORDS)) {
    if (candidate.length > COMPARED_LENGTH) continue;
    const distance = levenshtein(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= Math.max(2, Math.floor(candidate.length / 3)) && (!best || distance < best.distance))
      best = { word: candidate, distance };
  }
  return best?.word ?? null;
}

function levenshtein(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}
