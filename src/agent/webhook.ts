import { type Backend, verifyWebhook } from '../api/index.ts';
import type { Site } from '../deployment/index.ts';
import { SlipwayError } from '../kernel/index.ts';

type Request = Parameters<Backend['webhook']>[0];

/**
 * What a webhook is answered. Everybody may read it.
 * @throws WebhookRefusal where nothing proves that the sender knows the secret
 * @throws SlipwayError `app_unknown` where there is no webhook
 */
export function answerWebhook(site: Site, { headers, body }: Request): { status: number; message: string } {
  const { configuration, clock } = site.app.context;
  if (configuration.kind !== 'site' || configuration.webhook === null)
    throw new SlipwayError('app_unknown', { message: 'there is no such webhook' });
  const { secret } = configuration.webhook;
  const told = verifyWebhook({ headers, body, secret, now: clock.now() });
  if (told.kind === 'ping') return { status: 200, message: 'pong' };
  if (told.kind === 'ignored') return { status: 200, message: `ignored: ${told.reason}` };
  const answer = site.pushed(told);
  if (answer === 'replayed') return { status: 409, message: 'this delivery was seen before' };
  if (answer === 'accepted') return { status: 202, message: 'the repository is looked at' };
  return { status: 200, message: `ignored: ${answer.ignored}` };
}
