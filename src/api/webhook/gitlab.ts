import { ignored, pushOf } from './change.ts';
import { payloadOf } from './payload.ts';
import { header, type Scheme } from './scheme.ts';

/** GitLab signs nothing: it sends the secret itself. A push of the same commits once more is told apart by the event's UUID. */
export const gitlab: Scheme = {
  provider: 'gitlab',
  given: (headers) => header(headers, 'x-gitlab-token'),
  expected: ({ secret }) => secret,
  distinction: ({ headers, body }) => [header(headers, 'x-gitlab-event-uuid') ?? '', body],
  read(request) {
    const event = header(request.headers, 'x-gitlab-event');
    return event === 'Push Hook' || event === 'Tag Push Hook' ? pushOf(payloadOf(request)) : ignored(event);
  },
};
