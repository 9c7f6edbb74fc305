import { formatDuration } from './units.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `3h 12m ago` of an ISO 8601 time. */
export function ago(at: string, now: number): string {
  return `${age(at, now)} ago`;
}

/** `3h 12m` since an ISO 8601 time; seconds without a fraction. */
export function age(at: string, now: number): string {
  return wholeSeconds(now - Date.parse(at));
}

/** A duration for a column of ages: `12s`, `2m 05s`. */
export function wholeSeconds(ms: number): string {
  return ms < 59_500 ? `${Math.max(0, Math.round(ms / 1000))}s` : formatDuration(ms);
}

/** How long something took that began and, perhaps, ended; null where it has not begun. */
export function took(startedAt: string | null, endedAt: string | null, now: number): string | null {
  if (startedAt === null) return null;
  return formatDuration((endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt));
}

/** When something comes: `in 40s`, `in 5m`, within a day `at 03:00`, else `2025-11-24 03:00`; in the zone of the reader. */
export function inTime(at: string, now: number): string {
  const ms = Date.parse(at) - now;
  if (ms < HOUR_MS) return `in ${ms < MINUTE_MS ? wholeSeconds(ms) : `${Math.round(ms / MINUTE_MS)}m`}`;
  const [date, time = ''] = localTime(at).split(' ');
  const minute = time.slice(0, 'hh:mm'.length);
  return ms < DAY_MS ? `at ${minute}` : `${date} ${minute}`;
}

/** `2025-11-22 14:03:07`, in the zone of the reader. */
export function localTime(at: string): string {
  const time = new Date(at);
  const two = (number: number) => String(number).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
