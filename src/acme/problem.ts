import { AcmeFailure } from './failure.ts';

const PREFIX = 'urn:ietf:params:acme:error:';
/** The library asks again by itself then. */
const WITH_ANOTHER_NONCE = `${PREFIX}badNonce`;
const LONGEST_WAIT_MS = 7 * 86_400_000;

/** RFC 8555, section 6.7: what an authority says when it does not do what it was asked. Whatever it sends, text is made of it. */
export function failureOf(response: {
  status: number;
  data: unknown;
  retryAfter: unknown;
  nowMs: number;
}): AcmeFailure | null {
  const { status } = response;
  const problem = partsOf(response.data);
  if (status < 400 || problem.type === WITH_ANOTHER_NONCE) return null;
  const retryAfterMs = retryAfterOf(response.retryAfter, response.nowMs);
  const isLimited = status === 429 || problem.type === `${PREFIX}rateLimited`;
  const kind = isLimited ? 'limited' : status >= 500 ? 'unreachable' : 'refused';
  return new AcmeFailure(kind, `the authority says ${status}: ${problemText(problem)}`, {
    ...{ status, retryAfterMs },
    names: rejectedNames(problem),
  });
}

/** `dns: no A record for a.example.com`. */
export function problemText(problem: unknown): string {
  const { type, detail } = partsOf(problem);
  const words = typeof detail === 'string' && detail !== '' ? detail : 'it gives no reason';
  return typeof type === 'string' && type.startsWith(PREFIX)
    ? `${type.slice(PREFIX.length)}: ${words}`
    : words;
}

/** Of an order, the names that are the reason. */
function rejectedNames({ subproblems }: Record<string, unknown>): Map<string, string> {
  const names = new Map<string, string>();
  for (const each of Array.isArray(subproblems) ? subproblems.slice(0, 100) : []) {
    const { value } = partsOf(partsOf(each).identifier);
    if (typeof value === 'string') names.set(value.toLowerCase(), problemText(each));
  }
  return names;
}

/** RFC 9110, section 10.2.3: seconds, or a moment. */
function retryAfterOf(header: unknown, nowMs: number): number | null {
  const text = String(header ?? '');
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, LONGEST_WAIT_MS) : null;
}

function partsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
