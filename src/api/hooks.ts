import type { IncomingMessage, RequestListener } from 'node:http';
import { messageOf, SlipwayError, unawaited } from '../kernel/index.ts';
import type { Backend } from './backend.ts';
import { BodyRefusal, readBytes } from './body-bytes.ts';
import { HOOKS_PREFIX } from './routes.ts';
import { sendJson } from './send-json.ts';
import { WebhookRefusal } from './webhook/index.ts';

/** A push of a thousand commits has 2 MB. */
const MAX_BODY_BYTES = 5 * 1024 ** 2;
/** Anybody may send, so this bounds what they can make the agent hold: 80 MB. */
const MAX_AT_ONCE = 16;

const NOTHING_HERE = { status: 404, message: 'there is no webhook here' };

interface Answer {
  status: number;
  message: string;
}

/** Takes the webhooks of git hosts, `POST /hooks/<app>`. Every answer is `{message}`, and tells no more about apps than whether one of that name takes webhooks. */
export function createHooks(options: {
  backend: Backend;
  bodyTimeoutMs: number;
  report: (message: string) => void;
}): RequestListener {
  const { backend, bodyTimeoutMs, report } = options;
  let reading = 0;

  async function answer(...[request, response]: Parameters<RequestListener>): Promise<Answer> {
    const app = appOf(request);
    if (app === null) return NOTHING_HERE;
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      return { status: 405, message: 'a webhook is sent by POST' };
    }
    if (reading >= MAX_AT_ONCE) {
      response.setHeader('retry-after', '10');
      return { status: 503, message: 'too many webhooks at once' };
    }
    reading += 1;
    try {
      const body = await readBytes({ request, response, maxBytes: MAX_BODY_BYTES, timeoutMs: bodyTimeoutMs });
      const { status, message } = await backend.webhook({ app, headers: request.headers, body });
      return status === 404 ? NOTHING_HERE : { status, message };
    } catch (error) {
      if (error instanceof BodyRefusal || error instanceof WebhookRefusal) return error;
      if (error instanceof SlipwayError && error.code === 'app_unknown') return NOTHING_HERE;
      if (!response.destroyed) report(`A webhook failed: ${messageOf(error)}`);
      return { status: 500, message: 'the agent failed at this webhook; its log says why' };
    } finally {
      reading -= 1;
    }
  }

  return (request, response) => {
    const send = async () => {
      const { status, message } = await answer(request, response);
      sendJson({ request, response, status, body: { message } });
    };
    unawaited(send(), 'the answer to a webhook');
  };
}

export function isHook(request: IncomingMessage): boolean {
  return request.url?.startsWith(HOOKS_PREFIX) ?? false;
}

function appOf(request: IncomingMessage): string | null {
  const [path = ''] = (request.url ?? '').split('?');
  const app = path.slice(HOOKS_PREFIX.length);
  if (app === '' || app.length > 200 || app.includes('/')) return null;
  try {
    return decodeURIComponent(app);
  } catch {
    return null;
  }
}
