import { systemClock } from '../../kernel/index.ts';
import { type LogSpan, logSpan } from './log-span.ts';

/** A third of the time between two looks of a follower. */
const GOOD_FOR_MS = 50;
const MOST_KEPT = 2000;

const recent = new Map<string, { span: LogSpan; atMs: number }>();

/** As it was a moment ago: two hundred who follow a log need not each look at it. */
export function recentSpan(file: string): LogSpan {
  const now = systemClock.monotonicMs();
  const known = recent.get(file);
  if (known && now - known.atMs < GOOD_FOR_MS) return known.span;
  if (recent.size >= MOST_KEPT) recent.clear();
  const span = logSpan(file);
  recent.set(file, { span, atMs: now });
  return span;
}
