import { ORPCError } from '@orpc/client';
import { ValidationError } from '@orpc/contract';
import { messageOf, SlipwayError } from '../kernel/index.ts';
import { httpStatusOf, toWire, type WireError } from './wire-error.ts';

/** What a failed request is answered with. */
export interface Failure {
  status: number;
  body: WireError;
}

/**
 * The answer to anything thrown. What is neither a SlipwayError nor the caller's fault is a fault of ours: its text goes
 * to `report` and not over the wire.
 */
export function failureOf(thrown: unknown, report: (message: string) => void): Failure {
  const error = thrown instanceof ORPCError && thrown.cause instanceof SlipwayError ? thrown.cause : thrown;
  if (error instanceof SlipwayError) return told(error, httpStatusOf(error.code));
  if (error instanceof ORPCError && error.status < 500)
    return told(new SlipwayError('usage', { message: badRequest(error) }), error.status);
  report(`A request failed: ${detailOf(error)}`);
  const message = 'the agent failed at this request';
  return told(
    new SlipwayError('failed', { message, hint: 'its log says why', next: 'slipway logs --agent' }),
    500,
  );
}

function told(error: SlipwayError, status: number): Failure {
  return { status, body: toWire(error, status) };
}

function badRequest(error: ORPCError<string, unknown>): string {
  const wrong = issuesOf(error);
  return wrong === null ? error.message : `the request is not valid: ${wrong}`;
}

function detailOf(error: unknown): string {
  const wrong = issuesOf(error);
  if (wrong !== null) return `its answer does not fit the contract: ${wrong}`;
  const cause = error instanceof ORPCError ? (error.cause ?? error) : error;
  return cause instanceof Error ? (cause.stack ?? messageOf(cause)) : messageOf(cause);
}

function issuesOf(error: unknown): string | null {
  const cause = (error as { cause?: unknown } | null)?.cause;
  if (!(cause instanceof ValidationError)) return null;
  return cause.issues
    .map(({ path = [], message }) =>
      [...path.map((part) => String(typeof part === 'object' ? part.key : part)), message].join(': '),
    )
    .join('; ');
}
