import { type SecretReference, SlipwayError } from '../kernel/index.ts';

/**
 * What a reference stands for, of the whole text of the secret.
 * @throws SlipwayError `secret_malformed`, which quotes nothing of the text
 */
export function valueOf({ name, key }: SecretReference, text: string): string {
  if (key === null) return text;
  const members = membersOf(name, text);
  const value = Object.hasOwn(members, key) ? members[key] : undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const known = Object.keys(members);
  throw new SlipwayError('secret_malformed', {
    message:
      value === undefined
        ? `the secret ${name} has no key ${key}`
        : `${key} of the secret ${name} is ${value === null ? 'null' : 'a list or an object'}, and no text`,
    hint: known.length === 0 ? 'it has none' : `it has ${known.slice(0, KEYS_SHOWN).join(', ')}`,
  });
}

const KEYS_SHOWN = 20;

function membersOf(name: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new SlipwayError('secret_malformed', {
    message: `the secret ${name} is ${value === undefined ? 'not JSON' : 'no JSON object'}, so it has no keys`,
    hint: `{ secret: "${name}" } takes all of it as it is`,
  });
}
