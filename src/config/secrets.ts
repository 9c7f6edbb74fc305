import { isSecretName, registerSecret } from '../kernel/index.ts';

/** The guide's own default; as a word of the language it cannot be masked. */
const PUBLIC_COOKIE = 'cookie';

/**
 * Makes known to redaction every scalar whose key says that it is secret, and the passwords in URLs, wherever they stand:
 * also in a file that turns out to be wrong, whose errors are shown.
 */
export function registerSecrets(value: unknown): void {
  const seen = new Set<unknown>();
  visit('', value);

  function visit(key: string, value: unknown) {
    if (typeof value === 'object' && value !== null) {
      // Aliases make values shared.
      if (seen.has(value)) return;
      seen.add(value);
      for (const [name, child] of Object.entries(value)) visit(name, child);
      return;
    }
    if (isSecretName(key) && value !== PUBLIC_COOKIE) registerSecret(String(value));
    for (const [, password] of String(value).matchAll(/:\/\/[^\s:@/]*:([^\s@/]+)@/g))
      for (const written of [password as string, unescaped(password as string)]) registerSecret(written);
  }
}

/** As programs have it once they have read the URL. */
function unescaped(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}
