import { isSecretName, registerSecret } from '../kernel/index.ts';

/** The guide's own default; as a word of the language it cannot be masked. */
const PUBLIC_COOKIE = 'cookie';
/** The name of a directory (systemd.exec(5)), whatever its own name sounds like. */
const PUBLIC_VARIABLE = 'CREDENTIALS_DIRECTORY';

/**
 * Makes known to redaction every scalar whose key says that it is secret, and the passwords in URLs, wherever they stand:
 * also in a file that turns out to be wrong, whose errors are shown.
 */
export function registerSecrets(value: unknown): void {
  for (const secret of secretsIn(value)) registerSecret(secret);
}

/** Whether a text stands in it that is secret. */
export function hasSecrets(value: unknown): boolean {
  for (const secret of secretsIn(value)) if (!['', 'null', 'true', 'false'].includes(secret)) return true;
  return false;
}

function* secretsIn(value: unknown, key = '', seen = new Set<unknown>()): Generator<string> {
  if (typeof value === 'object' && value !== null) {
    // Aliases make values shared.
    if (seen.has(value)) return;
    seen.add(value);
    for (const [name, child] of Object.entries(value)) yield* secretsIn(child, name, seen);
    return;
  }
  if (isSecretName(key) && key !== PUBLIC_VARIABLE && value !== PUBLIC_COOKIE) yield String(value);
  for (const [, password] of String(value).matchAll(/:\/\/[^\s:@/]*:([^\s@/]+)@/g))
    for (const written of [password as string, unescaped(password as string)]) yield written;
}

/** The password as programs have it once they have read the URL. */
function unescaped(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}
