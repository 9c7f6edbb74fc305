import { changed, ignored, refOf } from './change.ts';
import { child, children, type Json, payloadOf } from './payload.ts';
import { header, type Scheme } from './scheme.ts';
import { hmac } from './signature.ts';

/** Bitbucket Cloud and Data Center. GitHub and Gitea use the same header for a signature of SHA-1. */
export const bitbucket: Scheme = {
  provider: 'bitbucket',
  given(headers) {
    const given = header(headers, 'x-hub-signature');
    return given?.startsWith('sha256=') ? given : undefined;
  },
  expected: ({ body, secret }) => `sha256=${hmac(secret, body)}`,
  distinction: null,
  read(request) {
    const event = header(request.headers, 'x-event-key');
    if (event === 'diagnostics:ping') return { kind: 'ping' };
    if (event === 'repo:push') return changed(refsOfCloud(payloadOf(request)));
    if (event === 'repo:refs_changed') return changed(refsOfDataCenter(payloadOf(request)));
    return ignored(event);
  },
};

/** `new` is null where a ref was deleted. */
function refsOfCloud(payload: Json): string[] {
  return children(child(payload, 'push'), 'changes')
    .map((change) => child(change, 'new'))
    .filter(({ name }) => name !== undefined)
    .map(({ type, name }) => refOf(`refs/${type === 'tag' ? 'tags' : 'heads'}/${String(name)}`));
}

function refsOfDataCenter(payload: Json): string[] {
  return children(payload, 'changes')
    .filter(({ type }) => type !== 'DELETE')
    .map((change) => refOf(child(change, 'ref')['id']));
}
