/** A moment in an address: ISO 8601, or milliseconds since the epoch; null where it is none. */
export function momentOf(text: string | null): number | null {
  if (text === null || text === '') return null;
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}
