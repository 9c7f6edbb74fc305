import { type HookCall, verifyWebhook, WebhookRefusal } from '../api/index.ts';
import { type Clock, SlipwayError } from '../kernel/index.ts';
import type { Site } from '../site/index.ts';

type Answer = { status: number; message: string };

/** Anybody may send. */
const REFUSAL_EVERY_MS = 1000;

/** Takes webhooks, and leaves a line of each in the agent's log; refused ones share a line a second. */
export class Webhooks {
  private readonly clock: Clock;
  private readonly write: (line: string) => void;
  private refusedSince: number | null = null;

  constructor(options: { clock: Clock; write: (line: string) => void }) {
    this.clock = options.clock;
    this.write = options.write;
  }

  /**
   * What a webhook is answered. Everybody may read it. `site`: what it names, where that is one.
   * @throws WebhookRefusal where nothing proves that the sender knows the secret
   * @throws SlipwayError `app_unknown` where there is no webhook
   */
  answer(site: Site | null, request: HookCall): Answer {
    try {
      const { outcome, ...answer } = answerOf(site, request);
      const message = `webhook of ${request.app} ${outcome}: ${answer.message}`;
      site?.context.log({ type: 'webhook', message });
      return answer;
    } catch (error) {
      if (error instanceof WebhookRefusal) this.refused(`of ${request.app} refused: ${error.message}`);
      else if (error instanceof SlipwayError) this.refused(`refused: ${error.message}`);
      throw error;
    }
  }

  private refused(what: string): void {
    if (this.refusedSince !== null) {
      this.refusedSince += 1;
      return;
    }
    this.write(`webhook ${what}`);
    this.refusedSince = 0;
    this.clock.after(REFUSAL_EVERY_MS, () => {
      const more = this.refusedSince ?? 0;
      this.refusedSince = null;
      if (more > 0) this.refused(`refused: ${more} more since then`);
    });
  }
}

function answerOf(site: Site | null, { headers, body }: HookCall): Answer & { outcome: string } {
  const webhook = site?.context.configuration.webhook ?? null;
  if (!site || webhook === null)
    throw new SlipwayError('app_unknown', { message: 'there is no such webhook' });
  const told = verifyWebhook({ headers, body, secret: webhook.secret, now: site.context.clock.now() });
  if (told.kind === 'ping') return { outcome: 'answered', status: 200, message: 'pong' };
  if (told.kind === 'ignored') return ignored(told.reason);
  const answer = site.pushed(told);
  if (answer === 'replayed')
    return { outcome: 'replayed', status: 409, message: 'this delivery was seen before' };
  if (answer === 'accepted')
    return { outcome: 'accepted', status: 202, message: 'the repository is looked at' };
  return ignored(answer.ignored);
}

function ignored(reason: string) {
  return { outcome: 'answered', status: 200, message: `ignored: ${reason}` };
}
