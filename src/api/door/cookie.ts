import { SESSION_COOKIE } from './claim.ts';

/** The agent ends a session sooner or at the same time; a browser need not remember it longer. */
const LIFE_S = 14 * 24 * 3600;

/** `value` null: the browser forgets it. No script reads it, and no other site's request carries it. */
export function setCookie(value: string | null, { isSecure }: { isSecure: boolean }): string {
  if (value !== null && !/^[A-Za-z0-9_-]+$/.test(value)) throw new Error('a session of other characters');
  const life = value === null ? 0 : LIFE_S;
  const secure = isSecure ? '; Secure' : '';
  return `${SESSION_COOKIE}=${value ?? ''}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${life}${secure}`;
}
