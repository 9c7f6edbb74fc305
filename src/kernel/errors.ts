import { type ErrorCode, errorCodes } from './error-codes.ts';
import { safeText } from './safe-text.ts';

/** What a person needs in order to act: what failed and with which value, what was left as it was, what to do next. */
export interface ErrorDetails {
  /** What failed, with which value. A whole sentence, no full stop needed. */
  message: string;
  /** Why it may be so, or what was left as it was. */
  hint?: string;
  /** The next command to type. */
  next?: string;
  /** When it may be tried again, in seconds from now. */
  retryAfterS?: number;
  cause?: unknown;
}

/** What others wrote may be quoted in an error, and they may have written much. */
const MAX_LENGTH = 64 * 1024;
const told = (text: string) => safeText(text, { maxLength: MAX_LENGTH });

/**
 * Every error that a person may see. Secrets are masked and control characters written out here, at construction, so that no
 * path to a log, an event, the journal or a terminal can forget it.
 */
export class SlipwayError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly next: string | null;
  readonly retryAfterS: number | null;

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(told(details.message), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SlipwayError';
    this.code = code;
    this.hint = details.hint === undefined ? null : told(details.hint);
    this.next = details.next === undefined ? null : told(details.next);
    this.retryAfterS = details.retryAfterS ?? null;
  }

  /** Exit status of the command line for this error. */
  get exitStatus(): number {
    return errorCodes[this.code].exit;
  }
}

/** One line that a person can read, of anything thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof SlipwayError)
    return error.hint === null ? error.message : `${error.message}: ${error.hint}`;
  if (error instanceof Error) return told(error.message);
  return told(String(error));
}

/** The same with the next command, where one line has to hold all: the reason of a state. */
export function reasonOf(error: unknown): string {
  const next = error instanceof SlipwayError ? error.next : null;
  return withMend(messageOf(error), next);
}

export function withMend(message: string, next: string | null): string {
  return next === null ? message : `${message} (mend: ${next})`;
}

/** What `withMend` has put together. */
export function partReason(reason: string): { message: string; mend: string | null } {
  const found = /^([^]*) \(mend: ([^]*)\)$/.exec(reason);
  return { message: found?.[1] ?? reason, mend: found?.[2] ?? null };
}

/** Node's errno name (`ENOSPC`) or null. */
export function errnoOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}

/** Node and SQLite say it differently: no room left for a write. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_IOERR_SHMSIZE'].includes(
    errnoOf(error) ?? '',
  );
}
