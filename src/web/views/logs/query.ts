import { commandLine, parseDuration } from '../../../wording/index.ts';
import type { LogsQuery } from '../../models/logs/index.ts';
import { momentOf } from '../../router/index.ts';

/** What the address says of the logs: it can be sent to somebody else. */
export interface LogsAddress extends LogsQuery {
  side: boolean;
  line: string | null;
  /** `15m`, as it was chosen. */
  since: string;
}

export const SINCE = ['', '5m', '15m', '1h', '6h', '1d', '7d'] as const;

/** `app` `@agent` is the agent itself; `now`: milliseconds. */
export function addressOf(
  query: URLSearchParams,
  { apps, now }: { apps: readonly string[]; now: number },
): LogsAddress {
  const asked = query.get('app');
  const since = query.get('since') ?? '';
  const sinceMs = parseDuration(since);
  const at = momentOf(query.get('at'));
  return {
    app: asked === '@agent' ? null : (asked ?? apps[0] ?? null),
    instance: query.get('instance') || null,
    grep: query.get('grep') ?? '',
    invert: query.has('invert'),
    stderr: query.has('stderr'),
    side: query.has('side'),
    since,
    sinceMs: sinceMs === null ? null : now - sinceMs,
    at,
    line: query.get('line') || null,
  };
}

/** The same on the command line. */
export function commandOf({ app, instance, grep, invert, stderr, since, at }: LogsAddress): string {
  const target = app === null ? '--agent' : instance === null ? app : `${app}/${instance}`;
  const words = ['slipway', 'logs', target];
  if (grep !== '') words.push('--grep', grep);
  if (grep !== '' && invert) words.push('--invert');
  if (stderr) words.push('--stderr');
  if (since !== '') words.push('--since', since);
  words.push(...(at === null ? ['--follow'] : ['--at', new Date(at).toISOString()]));
  return commandLine(words);
}

/** An expression without any of its signs is a word, and can be marked. */
export function wordOf(grep: string): string {
  return /^[^\\^$.|?*+()[\]{}]+$/.test(grep) ? grep : '';
}
