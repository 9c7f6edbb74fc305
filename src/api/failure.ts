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
  if (error instanceof SlipwayError) return { status: httpStatusOf(error.code), body: toWire(error) };
  if (error instanceof ORPCError && error.status < 500) {
    return { status: error.status, body: toWire(new SlipwayError('usage', { message: badRequest(error) })) };
  }
  report(`A request failed: ${detailOf(error)}`);
  const message = 'the agent failed at this request';
  return {
    status: 500,
    body: toWire(
      new SlipwayError('failed', { message, hint: 'its log says why', next: 'slipway logs --agent' }),
    ),
  };
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
