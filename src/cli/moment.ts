import { InvalidArgumentError } from 'commander';
import { parseDuration, systemClock } from '../kernel/index.ts';

const DAY_MS = 86_400_000;

/** Milliseconds since the epoch of a moment as a person writes it: in the zone of the reader, and not in the future. */
export function moment(text: string): number {
  const at = momentOf(text.trim(), systemClock.now());
  if (at !== null) return at;
  throw new InvalidArgumentError(
    'It must be a moment such as 03:12, "yesterday 03:12", "2h ago", "2026-03-01 03:12" or 2026-03-01T03:12:00Z.',
  );
}

/** Null where it is none. `03:12` is the last time that the clock showed that. */
export function momentOf(text: string, now: number): number | null {
  if (text === 'now') return now;
  const [, ago] = /^(.+?) ago$/.exec(text) ?? [];
  if (ago !== undefined) {
    const ms = parseDuration(ago.replaceAll(' ', ''));
    return ms === null ? null : now - ms;
  }
  const [, yesterday, clock] = /^(yesterday )?(\d{1,2}:\d{2}(?::\d{2})?)$/.exec(text) ?? [];
  if (clock !== undefined) {
    const today = onDay(now, clock);
    if (today === null || (yesterday === undefined && today <= now)) return today;
    return onDay(now - DAY_MS, clock);
  }
  const [, date, time, zone = ''] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text) ??
    [];
  if (date === undefined) return null;
  const at = Date.parse(`${date}T${(time ?? '00:00').padStart(5, '0')}${zone}`);
  return Number.isNaN(at) ? null : at;
}

function onDay(day: number, clock: string): number | null {
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number);
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  return new Date(day).setHours(hours, minutes, seconds, 0);
}
