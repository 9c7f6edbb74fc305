import { type ErrorCode, SlipwayError } from '../../kernel/index.ts';

/** How a hint ends where nothing was written: whoever was in the middle of something says in its place what is left. */
export const UNCHANGED = 'nothing was changed';
export const AGAIN = `it is tried again; ${UNCHANGED}`;

/** What went wrong with a bucket: what was left as it was and the next command are always said. */
export function bucketTrouble(
  code: ErrorCode,
  details: { message: string; hint: string; next: string; cause?: unknown },
): SlipwayError {
  return new SlipwayError(code, details);
}
