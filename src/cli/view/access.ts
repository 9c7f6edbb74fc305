import type { AuditEntry, Token, User } from '../../api/index.ts';
import { ago, inTime, localTime } from '../../wording/index.ts';
import { type Colors, cut, plain } from '../output/index.ts';
import { table } from './table.ts';

const SUBJECT_COLUMNS = 40;
const REASON_COLUMNS = 60;

interface ViewOptions {
  colors: Colors;
  now: number;
}

export function usersView(users: User[], { colors, now }: ViewOptions): string {
  if (users.length === 0) return 'Nobody can log in yet.\n  slipway user invite';
  return table({
    head: ['USER', 'ROLE', 'APPS', 'SECOND FACTOR', 'SESSIONS', 'LAST LOG-IN'],
    colors,
    right: [4],
    rows: users.map(({ user, role, apps, totp, passkeys, sessions, last_log_in_at }) => [
      colors.bold(plain(user)),
      role,
      appsText(apps),
      [...(totp ? ['codes'] : []), ...(passkeys > 0 ? [`${passkeys} passkeys`] : [])].join(', ') || '-',
      String(sessions),
      last_log_in_at === null ? 'never' : ago(last_log_in_at, now),
    ]),
  });
}

export function tokensView(tokens: Token[], { colors, now }: ViewOptions): string {
  if (tokens.length === 0)
    return 'There are no API tokens.\n  slipway token create --name ci --role deployer';
  return table({
    head: ['ID', 'NAME', 'ROLE', 'APPS', 'MADE BY', 'LAST USE', 'EXPIRES'],
    colors,
    right: [0],
    rows: tokens.map((token) => [
      String(token.id),
      colors.bold(plain(token.name)),
      token.role,
      appsText(token.apps),
      plain(token.created_by),
      token.last_used_at === null ? 'never' : ago(token.last_used_at, now),
      endText(token, { colors, now }),
    ]),
  });
}

/** One deed a line, and below it why it did not come to its end. */
export function auditView(entries: AuditEntry[], { colors }: { colors: Colors }): string {
  if (entries.length === 0) return 'Nothing was done yet that is written down.';
  const [head, ...lines] = table({
    head: ['AT', 'WHO', 'FROM', 'DID', 'TO', 'OUTCOME'],
    colors,
    right: [],
    rows: entries.map(({ at, actor, address, action, subject, outcome }) => [
      localTime(at),
      plain(actor),
      address === null ? 'the host' : plain(address),
      plain(action),
      subject === null ? '-' : cut(plain(subject), SUBJECT_COLUMNS),
      outcomeText(outcome, colors),
    ]),
  }).split('\n');
  const rows = entries.map(({ reason }, index) =>
    reason === null ? lines[index] : `${lines[index]}: ${colors.dim(cut(plain(reason), REASON_COLUMNS))}`,
  );
  return [head, ...rows].join('\n');
}

function endText({ revoked_at, expires_at }: Token, { colors, now }: ViewOptions): string {
  if (revoked_at !== null) return colors.red('revoked');
  if (expires_at === null) return 'never';
  return Date.parse(expires_at) <= now ? colors.red('expired') : inTime(expires_at, now);
}

function outcomeText(outcome: AuditEntry['outcome'], colors: Colors): string {
  if (outcome === 'succeeded') return colors.green(outcome);
  return outcome === 'begun' ? outcome : colors.red(outcome);
}

function appsText(apps: string[] | null): string {
  return apps === null ? 'all' : apps.map(plain).join(', ');
}
