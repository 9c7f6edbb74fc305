import { type ErrorCode, errorCodes, redact, SlipwayError } from '../kernel/index.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/**
 * An error as the API sends it, as the body of an answer or as the data of an `error` event: a problem document (RFC 9457),
 * with what Slipway's errors have besides.
 */
export interface WireError {
  /** `urn:slipway:error:<code>` */
  type: string;
  /** What errors of this code have in common. */
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  message: string;
  hint: string | null;
  next: string | null;
  /** Seconds; where it is to be tried again later. */
  retry_after_s?: number;
}

const HTTP_STATUS: Partial<Record<ErrorCode, number>> = {
  usage: 400,
  config_invalid: 400,
  config_missing: 400,
  version_invalid: 400,
  secret_invalid: 400,
  app_ambiguous: 400,
  unauthenticated: 401,
  login_refused: 401,
  forbidden: 403,
  login_delayed: 429,
  too_many: 429,
  token_unknown: 404,
  user_unknown: 404,
  session_unknown: 404,
  passkey_unknown: 404,
  user_refused: 409,
  password_refused: 400,
  factor_refused: 400,
  invitation_refused: 410,
  app_unknown: 404,
  instance_unknown: 404,
  deployment_unknown: 404,
  release_unknown: 404,
  ref_unknown: 404,
  console_unknown: 404,
  agent_running: 409,
  busy: 409,
  deployment_ended: 409,
  nothing_to_deploy: 409,
  release_unproven: 409,
  version_ghosted: 409,
  hook_failed: 409,
  health_failed: 409,
  not_running: 409,
  release_live: 409,
  cron_refused: 409,
  secret_unknown: 409,
  upload_too_large: 413,
  archive_refused: 422,
  repository_unreachable: 502,
  timeout: 504,
  disk_full: 507,
};

export function httpStatusOf(code: ErrorCode): number {
  return HTTP_STATUS[code] ?? 500;
}

/** `status`: where it is another than that of the error's code. */
export function toWire(error: SlipwayError, status = httpStatusOf(error.code)): WireError {
  const { code, message, hint, next, retryAfterS } = error;
  const title = errorCodes[code].about;
  return {
    ...{ type: `urn:slipway:error:${code}`, title, status, detail: message, code, message, hint, next },
    ...(retryAfterS !== null && { retry_after_s: retryAfterS }),
  };
}

/** The error again, of the same code. A code that this version does not know, or no error at all, becomes `failed`. */
export function fromWire(body: unknown): SlipwayError {
  const { code, message, hint, next } = (body ?? {}) as Partial<Record<keyof WireError, unknown>>;
  return new SlipwayError(isCode(code) ? code : 'failed', {
    message:
      typeof message === 'string'
        ? message
        : `the agent answered in a way that is not understood: ${excerpt(body)}`,
    ...(typeof hint === 'string' ? { hint } : {}),
    ...(typeof next === 'string' ? { next } : {}),
  });
}

function isCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}

function excerpt(body: unknown): string {
  return redact(JSON.stringify(body) ?? 'nothing').slice(0, 200);
}
