import type { AccessLine } from '../../api/index.ts';
import { formatDuration, localTime } from '../../wording/index.ts';
import { type Colors, plain } from '../output/index.ts';

/** A request in a line: when, status, method and address, until the answer began, who answered whom. */
export function accessView(line: AccessLine, colors: Colors): string {
  const { at, status, method, host, path, ms, answer_ms, app, slot, client, end } = line;
  const time = `${localTime(at)}.${at.slice(-4, -1)}`;
  const long = answer_ms !== null && ms - answer_ms >= 1000 ? ` (${formatDuration(ms)} in all)` : '';
  return [
    colors.dim(time),
    statusText(status, colors),
    plain(`${method} ${host}${path}`),
    `${formatDuration(answer_ms ?? ms)}${long}`,
    slot === null ? colors.dim('nobody') : `${app}/${slot}`,
    colors.dim(plain(client)),
    ...(end === '--' ? [] : [colors.yellow(plain(end))]),
  ].join(' ');
}

function statusText(status: number | null, colors: Colors): string {
  if (status === null) return '---';
  if (status >= 500) return colors.red(String(status));
  return status >= 400 ? colors.yellow(String(status)) : String(status);
}
