import { expect, test } from 'vitest';
import { certificateStates, certificateWarnings } from '../../../src/agent/proxy/certificate-states.ts';
import type { GroupState } from '../../../src/agent/proxy/renewals.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-12-01T00:00:00Z');

/** A certificate of 90 days, of which so many are left. */
function validity(leftDays: number, names: string[]) {
  const untilMs = NOW + leftDays * DAY_MS;
  return { names, issuer: 'Test', fromMs: untilMs - 90 * DAY_MS, untilMs, fingerprint: '00'.repeat(32) };
}

function group(more: Partial<GroupState>): GroupState {
  return {
    group: { id: 'api.2', names: ['a.test', 'b.test'] },
    ...{ directory: 'https://ca.test/', certificate: null, file: '/data/acme/api.2.pem', isOrdered: false },
    record: { certificateOf: null, order: null, failures: 0, failure: null },
    ...{ dueMs: 0, waitsFor: null, trouble: null },
    ...more,
  };
}

const failure = (nextMs: number) => ({
  ...{
    atMs: NOW - 1000,
    kind: 'refused' as const,
    reason: 'b.test: no address',
    directory: 'https://ca.test/',
  },
  ...{ names: ['a.test', 'b.test'], failed: ['b.test'], nextMs },
});

function told(file: number | null, ...groups: GroupState[]) {
  const held = [
    { file: 'x', content: '', digest: '', path: '/a.pem', validity: validity(file ?? 0, ['file.test']) },
  ];
  const read = {
    held: file === null ? [] : held,
    problems: file === null ? ['certificate /a.pem is not used: so'] : [],
  };
  const states = certificateStates({ files: ['/a.pem'], read, groups, nowMs: NOW });
  return { states, warnings: certificateWarnings(states) };
}

test('a certificate of a file that nobody renews is told three weeks before its end', () => {
  expect(told(22).warnings).toEqual([]);
  expect(told(20).warnings).toEqual(['certificates: file.test expires at 2026-12-21 00:00 UTC']);
  expect(told(-1).warnings).toEqual(['certificates: file.test expired at 2026-11-30 00:00 UTC']);
  expect(told(20).states).toMatchObject([{ source: 'file', app: null, state: 'ending', renews_at: null }]);
  expect(told(null).states).toMatchObject([{ state: 'none', reason: 'certificate /a.pem is not used: so' }]);
});

test('of one that is ordered it is told what failed, and when it is asked for again', () => {
  const next = NOW + 900_000;
  const record = { ...group({}).record, failures: 1, failure: failure(next) };
  const some = group({ record, dueMs: next, certificate: validity(80, ['a.test']) });
  const { states, warnings } = told(80, some);
  expect(states[1]).toMatchObject({
    ...{ app: 'api', state: 'valid', names: ['a.test'], missing: ['b.test'] },
    failure: { reason: 'b.test: no address', next_attempt_at: '2026-12-01T00:15:00.000Z' },
  });
  expect(warnings).toEqual([
    'certificates: none for b.test: b.test: no address; it is asked for again at 2026-12-01 00:15 UTC',
  ]);
  const old = group({ record, dueMs: next, certificate: validity(5, ['a.test', 'b.test']) });
  expect(told(80, old).warnings[0]).toMatch(
    /^certificates: a\.test, b\.test expires at 2026-12-06 .*: no address; it is asked/,
  );
});

test('what this host itself does not get done is told, too; what was not tried yet is no failure', () => {
  expect(told(80, group({})).warnings).toEqual([]);
  expect(told(80, group({})).states[1]).toMatchObject({ state: 'none', reason: 'it was not asked for yet' });
  const waitsFor = 'HAProxy is not installed';
  expect(told(80, group({ waitsFor })).states[1]).toMatchObject({ state: 'none', reason: waitsFor });
  expect(told(80, group({ isOrdered: true })).states[1]).toMatchObject({ reason: 'it is being asked for' });
  const trouble = { reason: 'there is no /ca.pem', atMs: NOW, nextMs: NOW + 60_000 };
  expect(told(80, group({ trouble })).warnings).toEqual([
    'certificates: none for a.test, b.test: there is no /ca.pem; it is asked for again at 2026-12-01 00:01 UTC',
  ]);
});
