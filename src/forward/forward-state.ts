import { formatSize } from '../kernel/index.ts';
import type { SentLog } from './sent-log.ts';

/** How far a target of an app's log is. */
export interface ForwardState {
  app: string;
  target: string;
  /** Why nothing arrives; null: it does. */
  reason: string | null;
  /** Since when, ISO 8601. */
  since: string | null;
  /** Bytes that it has not had yet. */
  behind_bytes: number;
  /** Bytes that were rotated away before it had them, since the agent was started. */
  lost_bytes: number;
}

export function presentForward(of: {
  app: string;
  target: string;
  logs: readonly SentLog[];
  trouble: string | null;
  failingSince: number | null;
}): ForwardState {
  const { app, target, logs, trouble, failingSince } = of;
  return {
    ...{ app, target },
    reason: trouble,
    since: failingSince === null ? null : new Date(failingSince).toISOString(),
    behind_bytes: logs.reduce((sum, log) => sum + log.behindBytes, 0),
    lost_bytes: logs.reduce((sum, log) => sum + log.lostBytes, 0),
  };
}

/** What a person should know of it, in sentences. */
export function forwardWarnings({ app, target, reason, behind_bytes, lost_bytes }: ForwardState): string[] {
  return [
    ...(reason === null
      ? []
      : [`${app}: its log does not reach ${target}: ${reason}; ${formatSize(behind_bytes)} wait`]),
    ...(lost_bytes === 0
      ? []
      : [`${app}: ${formatSize(lost_bytes)} of its log were rotated away before ${target} had them`]),
  ];
}
