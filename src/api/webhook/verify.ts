import { bitbucket } from './bitbucket.ts';
import { gitea } from './gitea.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { plain } from './plain.ts';
import { WebhookRefusal } from './refusal.ts';
import type { Provider, Scheme, Told, WebhookRequest } from './scheme.ts';
import { isEqual, keyOf } from './signature.ts';

/**
 * What a verified webhook asks for. `ref` is `refs/heads/<branch>` or `refs/tags/<tag>`, of the plain kind as it was
 * sent; null where several changed or none is named. `deliveryKey`, 64 hex digits, is the same for a replay, under
 * whatever id or provider's headers it is sent again.
 */
export type Webhook =
  | { kind: 'push'; provider: Provider; ref: string | null; deliveryKey: string }
  | Exclude<Told, { kind: 'push' }>;

/**
 * The strongest first, GitLab's bare token last. The first that a request gives a proof of decides how it is verified
 * and read: a wrong signature is not mended by a proof of another kind. Gitea comes before GitHub, whose headers it
 * sends as well, with a signature of its own making where the body is a form.
 */
const schemes: readonly Scheme[] = [gitea, github, bitbucket, plain, gitlab];

/** The header that each gives its proof in. */
const PROOFS: Record<Provider, string> = {
  gitea: 'X-Gitea-Signature or X-Forgejo-Signature',
  github: 'X-Hub-Signature-256',
  bitbucket: 'X-Hub-Signature',
  plain: 'X-Slipway-Signature',
  gitlab: 'X-Gitlab-Token',
};

/**
 * Whether a request comes from somebody who knows the secret, and what it tells.
 * @throws WebhookRefusal
 */
export function verifyWebhook(request: WebhookRequest): Webhook {
  if (request.secret === '') throw new WebhookRefusal(401, 'no secret is set');
  const scheme = schemes.find(({ given }) => given(request.headers) !== undefined);
  if (!scheme) throw new WebhookRefusal(401, 'the request is not signed');
  const expected = scheme.expected(request);
  if (!isEqual(scheme.given(request.headers) ?? '', expected))
    throw new WebhookRefusal(401, `${PROOFS[scheme.provider]} is not right for the secret of this webhook`);
  const told = scheme.read(request);
  if (told.kind !== 'push') return told;
  const proof = expected.replace(/^sha256=/, '');
  const deliveryKey = keyOf(...(scheme.distinction?.(request) ?? [proof]));
  return { ...told, provider: scheme.provider, deliveryKey };
}
