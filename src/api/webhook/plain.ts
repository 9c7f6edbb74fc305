import { refOf } from './change.ts';
import { jsonOf } from './payload.ts';
import { WebhookRefusal } from './refusal.ts';
import { header, type Scheme, type WebhookRequest } from './scheme.ts';
import { hmac } from './signature.ts';

const TOLERANCE_MS = 5 * 60_000;

/** Ours, for scripts: the HMAC of `<seconds since the epoch>.<body>`, so that it is of use for five minutes only. */
export const plain: Scheme = {
  provider: 'plain',
  given: (headers) => header(headers, 'x-slipway-signature'),
  expected: (request) => `sha256=${hmac(request.secret, timestampOf(request), '.', request.body)}`,
  distinction: null,
  read(request) {
    checkTime(request);
    // Whatever type it claims: curl calls all it sends a form.
    const ref = request.body.length === 0 ? null : jsonOf(request.body.toString())['ref'];
    return { kind: 'push', ref: ref === undefined || ref === null ? null : refOf(ref) };
  },
};

function timestampOf({ headers }: WebhookRequest): string {
  return header(headers, 'x-slipway-timestamp') ?? '';
}

function checkTime(request: WebhookRequest): void {
  const text = timestampOf(request);
  if (!/^\d{1,12}$/.test(text))
    throw new WebhookRefusal(401, 'X-Slipway-Timestamp must be seconds since the epoch');
  const offMs = Math.abs(request.now - Number(text) * 1000);
  if (offMs > TOLERANCE_MS)
    throw new WebhookRefusal(
      401,
      `X-Slipway-Timestamp is ${Math.round(offMs / 1000)} s off the time of this host; 300 s are allowed`,
    );
}
