import { ignored, pushOf } from './change.ts';
import { fieldOf, isForm, payloadOf } from './payload.ts';
import { header, type Scheme } from './scheme.ts';
import { hmac } from './signature.ts';

/** Gitea and Forgejo. Of a form they sign the field `payload`, not the body. */
export const gitea: Scheme = {
  provider: 'gitea',
  given: (headers) => header(headers, 'x-forgejo-signature') ?? header(headers, 'x-gitea-signature'),
  expected: (request) => hmac(request.secret, isForm(request) ? fieldOf(request) : request.body),
  distinction: null,
  read(request) {
    const event = header(request.headers, 'x-forgejo-event') ?? header(request.headers, 'x-gitea-event');
    return event === 'push' ? pushOf(payloadOf(request)) : ignored(event);
  },
};
