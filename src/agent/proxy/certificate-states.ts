import { ageOf, appOf, isCovered, renewalOf, type Validity } from '../../acme/index.ts';
import type * as api from '../../api/index.ts';
import type { ReadCertificates } from './certificates.ts';
import type { GroupState } from './renewals.ts';

/** Every certificate of the proxy: those of files as they are now, and those that are ordered, there or not. */
export function certificateStates(options: {
  files: readonly string[];
  /** Of these files, what was read of them. */
  read: ReadCertificates;
  groups: readonly GroupState[];
  nowMs: number;
}): api.Certificate[] {
  const { files, read, groups, nowMs } = options;
  return [
    ...files.map((file): api.Certificate => {
      const held = read.held.find(({ path }) => path === file);
      const lost = read.problems.find((problem) => problem.includes(file)) ?? null;
      return {
        ...{ names: [...(held?.validity.names ?? [])], missing: [], source: 'file', app: null, file },
        ...described(held?.validity ?? null, nowMs, lost),
        ...{ renews_at: null, failure: null },
      };
    }),
    ...groups.map((state) => stateOf(state, nowMs)),
  ];
}

/** What people should know of them before it is too late, in sentences. */
export function certificateWarnings(states: readonly api.Certificate[]): string[] {
  return states.flatMap((each) => {
    const named = `certificates: ${listed([...each.names, ...each.missing]) || each.file}`;
    const again =
      each.failure === null ? '' : `; it is asked for again at ${minute(each.failure.next_attempt_at)}`;
    const failed = each.failure === null ? '' : `: ${each.failure.reason}`;
    if (each.state === 'expired')
      return [`${named} expired at ${minute(each.expires_at ?? '')}${failed}${again}`];
    if (each.state === 'ending')
      return [`${named} expires at ${minute(each.expires_at ?? '')}${failed}${again}`];
    if (each.missing.length === 0 || each.failure === null) return [];
    return [`certificates: none for ${listed(each.missing)}${failed}${again}`];
  });
}

function stateOf(state: GroupState, nowMs: number): api.Certificate {
  const { group, certificate, record, file, isOrdered, dueMs, trouble } = state;
  const { failure } = record;
  const why = isOrdered
    ? 'it is being asked for'
    : (trouble?.reason ??
      (certificate === null && failure === null ? (state.waitsFor ?? 'it was not asked for yet') : null));
  return {
    names: [...(certificate?.names ?? [])],
    missing: group.names.filter((name) => certificate === null || !isCovered(name, certificate.names)),
    ...{ source: 'acme', app: appOf(group), file },
    ...described(certificate, nowMs, why),
    renews_at: certificate && isoOf(Math.max(renewalOf(certificate), dueMs)),
    failure: trouble
      ? { at: isoOf(trouble.atMs), reason: trouble.reason, next_attempt_at: isoOf(trouble.nextMs) }
      : failure && {
          ...{ at: isoOf(failure.atMs), reason: failure.reason },
          next_attempt_at: isoOf(Math.max(dueMs, nowMs)),
        },
  };
}

function described(
  validity: Validity | null,
  nowMs: number,
  why: string | null,
): Pick<api.Certificate, 'issuer' | 'valid_from' | 'expires_at' | 'state' | 'reason'> {
  if (validity === null)
    return {
      ...{ issuer: null, valid_from: null, expires_at: null },
      state: 'none',
      reason: why ?? 'there is none yet',
    };
  const { issuer, fromMs, untilMs } = validity;
  const state = ({ fresh: 'valid', soon: 'ending', expired: 'expired' } as const)[ageOf(validity, nowMs)];
  const word = { valid: 'in force', ending: 'it expires soon', expired: 'it has expired' }[state];
  return { issuer, valid_from: isoOf(fromMs), expires_at: isoOf(untilMs), state, reason: why ?? word };
}

const MOST_NAMED = 3;

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_NAMED;
  return rest > 0 ? `${names.slice(0, MOST_NAMED).join(', ')} and ${rest} more` : names.join(', ');
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** `2026-12-24 13:05 UTC` */
function minute(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}
