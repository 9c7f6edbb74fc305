import { WebhookRefusal } from './refusal.ts';
import { header, type WebhookRequest } from './scheme.ts';

/** JSON as it came: nothing is known of it. */
export type Json = Record<string, unknown>;

type Sent = Pick<WebhookRequest, 'headers' | 'body'>;

/** The payload: the body, or the field `payload` of a form. */
export function payloadOf(request: Sent): Json {
  return jsonOf(isForm(request) ? fieldOf(request) : request.body.toString());
}

export function isForm({ headers }: Sent): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(header(headers, 'content-type') ?? '');
}

export function fieldOf({ body }: Sent): string {
  const field = new URLSearchParams(body.toString()).get('payload');
  if (field === null) throw new WebhookRefusal(400, 'the form has no field "payload"');
  return field;
}

export function jsonOf(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (isJson(value)) return value;
  } catch {}
  throw new WebhookRefusal(400, 'the payload is not a JSON object');
}

/** The object at a key; empty where there is none. */
export function child(json: Json, key: string): Json {
  const value = json[key];
  return isJson(value) ? value : {};
}

/** The objects of the list at a key. */
export function children(json: Json, key: string): Json[] {
  const value = json[key];
  return Array.isArray(value) ? value.filter(isJson) : [];
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
