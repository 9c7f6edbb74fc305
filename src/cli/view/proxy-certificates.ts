import type { Certificate } from '../../api/index.ts';
import { inTime, localTime } from '../../wording/index.ts';
import type { Colors } from '../output/index.ts';
import { table } from './table.ts';

/** The certificates of the proxy, one a line, and below each what is wrong with it. */
export function proxyCertificatesView(
  certificates: readonly Certificate[],
  { colors, now }: { colors: Colors; now: number },
): string {
  if (certificates.length === 0)
    return 'The proxy has no certificates.\n  docs/proxy.md says how it gets some';
  const tones = { valid: colors.green, ending: colors.yellow, expired: colors.red, none: colors.yellow };
  const lines = table({
    head: ['NAMES', 'SOURCE', 'ISSUER', 'EXPIRES', 'RENEWAL', 'STATE'],
    colors,
    right: [],
    rows: certificates.map((each) => [
      nameText(each),
      each.source,
      each.issuer ?? '-',
      each.expires_at === null ? '-' : (localTime(each.expires_at).split(' ')[0] ?? ''),
      renewalText(each, now),
      tones[each.state](each.state),
    ]),
  });
  const notes = certificates.flatMap(({ names, missing, file, failure, state, reason }) => {
    const what = missing.length > 0 ? missing.join(', ') : names.join(', ') || file;
    if (failure !== null)
      return [`${what}: ${failure.reason} (asked again ${inTime(failure.next_attempt_at, now)})`];
    return state === 'valid' ? [] : [`${what}: ${reason}`];
  });
  return [lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}

function nameText({ names, missing, file }: Certificate): string {
  const [first, ...others] = names.length > 0 ? names : missing;
  if (first === undefined) return file;
  return others.length === 0 ? first : `${first} +${others.length}`;
}

function renewalText({ source, renews_at: at }: Certificate, now: number): string {
  if (at === null) return source === 'file' ? 'by hand' : '-';
  return inTime(at, now);
}
