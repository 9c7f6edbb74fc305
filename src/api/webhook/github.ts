import { ignored, pushOf } from './change.ts';
import { payloadOf } from './payload.ts';
import { header, type Scheme } from './scheme.ts';
import { hmac } from './signature.ts';

/** GitHub signs the raw body, of a form too. Its older signature, of SHA-1, counts for nothing. */
export const github: Scheme = {
  provider: 'github',
  given: (headers) => header(headers, 'x-hub-signature-256'),
  expected: ({ body, secret }) => `sha256=${hmac(secret, body)}`,
  distinction: null,
  read(request) {
    const event = header(request.headers, 'x-github-event');
    if (event === 'ping') return { kind: 'ping' };
    return event === 'push' ? pushOf(payloadOf(request)) : ignored(event);
  },
};
