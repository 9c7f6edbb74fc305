import { ago, inTime, took } from '../../wording/index.ts';
import { useSlipway } from '../context/index.ts';

const HOUR_MS = 3_600_000;

/**
 * How long ago something was, and exactly when to who points at it. Who does not point has the key `x`, which shows all times
 * exactly: a stop for the keyboard at each of them would make a long way through a list. `focusable`: it is one in a head, and
 * its stop is worth it.
 */
export function Ago({ at, focusable = false }: { at: string; focusable?: boolean }) {
  const { now } = useSlipway();
  return <Moment at={at} text={ago(at, now.value)} focusable={focusable} />;
}

/** In how long something is to be, and exactly when. */
export function Soon({ at }: { at: string }) {
  const { now, preferences } = useSlipway();
  // What is further away is told by the clock, which is the reader's own.
  const isFar = Date.parse(at) - now.value >= HOUR_MS;
  const inUtc = preferences.zone.value === 'utc' && isFar;
  return <Moment at={at} text={inUtc ? exactTime(at, 'utc') : inTime(at, now.value)} />;
}

function Moment({ at, text, focusable = false }: { at: string; text: string; focusable?: boolean }) {
  const { preferences } = useSlipway();
  const exact = exactTime(at, preferences.zone.value);
  const isExact = preferences.times.value === 'exact';
  return (
    <time
      dateTime={at}
      title={isExact ? text : exact}
      class={isExact ? '' : 'nowrap'}
      {...(focusable && { tabIndex: 0 })}
    >
      {isExact ? exact : text}
    </time>
  );
}

/** How long something took, or has taken so far; nothing where it has not begun. */
export function Took({ from, to }: { from: string | null; to: string | null }) {
  const { now } = useSlipway();
  const text = took(from, to, to === null ? now.value : 0);
  return text === null ? null : <span class="number nowrap">{text}</span>;
}

/** `2026-11-30 03:12:07 UTC`, or the same in the reader's zone. */
export function ExactTime({ at }: { at: string }) {
  const { preferences } = useSlipway();
  return (
    <time dateTime={at} class="nowrap">
      {exactTime(at, preferences.zone.value)}
    </time>
  );
}

export function exactTime(at: string, zone: 'local' | 'utc'): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return at;
  if (zone === 'utc') return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
