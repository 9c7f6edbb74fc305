/** The agent ends a session sooner or at the same time; a browser need not remember it longer. */
const LIFE_S = 14 * 24 * 3600;

/**
 * A browser takes the prefix from this very host alone, over TLS (RFC 6265bis, section 4.1.3): no other host of the domain, and nobody
 * on a way in the clear, plants a session in it.
 */
export function cookieName(isSecure: boolean): string {
  return isSecure ? '__Host-slipway_session' : 'slipway_session';
}

/** `value` null: the browser forgets it. No script reads it, and no other site's request carries it. */
export function setCookie(value: string | null, { isSecure }: { isSecure: boolean }): string {
  if (value !== null && !/^[A-Za-z0-9_-]+$/.test(value)) throw new Error('a session of other characters');
  const life = value === null ? 0 : LIFE_S;
  const secure = isSecure ? '; Secure' : '';
  return `${cookieName(isSecure)}=${value ?? ''}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${life}${secure}`;
}
