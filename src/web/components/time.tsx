import { ago, took } from '../../wording/index.ts';
import { useSlipway } from '../context/index.ts';

/**
 * How long ago something was, and exactly when to who points at it. `focusable`: or brings the focus there; a list of many
 * would be a long way by keyboard.
 */
export function Ago({ at, focusable = false }: { at: string; focusable?: boolean }) {
  const { now, preferences } = useSlipway();
  const exact = exactTime(at, preferences.zone.value);
  return (
    <time dateTime={at} title={exact} class="nowrap" {...(focusable && { tabIndex: 0 })}>
      {ago(at, now.value)}
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
