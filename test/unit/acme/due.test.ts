import { expect, test } from 'vitest';
import { waitAfter } from '../../../src/acme/back-off.ts';
import { dueAt, othersOf, type Standing } from '../../../src/acme/due.ts';
import type { FailureKind } from '../../../src/acme/failure.ts';
import { groupsOf } from '../../../src/acme/group.ts';
import { EMPTY_RECORD, type GroupRecord } from '../../../src/acme/record.ts';
import { ageOf, renewalOf, type Validity } from '../../../src/acme/validity.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-12-01T00:00:00Z');
const DIRECTORY = 'https://ca.test/directory';
const GROUP = { id: 'api', names: ['a.test', 'b.test'] };

function certificate(more: Partial<Validity> = {}): Validity {
  const fingerprint = '80000000'.repeat(8);
  return {
    names: GROUP.names,
    issuer: 'Test',
    fromMs: NOW,
    untilMs: NOW + 90 * DAY_MS,
    fingerprint,
    ...more,
  };
}

function standing(more: Partial<Standing> & { record?: GroupRecord } = {}): Standing {
  const record = { ...EMPTY_RECORD, certificateOf: DIRECTORY };
  return { group: GROUP, directory: DIRECTORY, certificate: certificate(), record, ...more };
}

function failed(kind: FailureKind, more: Partial<NonNullable<GroupRecord['failure']>> = {}): GroupRecord {
  const failure = {
    ...{ atMs: NOW, kind, reason: 'so', directory: DIRECTORY, names: GROUP.names, failed: [] },
    ...{ nextMs: NOW + 3_600_000, ...more },
  };
  return { ...EMPTY_RECORD, failures: 1, failure };
}

test('a certificate is renewed after two thirds of its life, and not all of a day at once', () => {
  const at = dueAt(standing(), NOW);
  expect(at).toBe(NOW + 61.5 * DAY_MS);
  const all = Array.from({ length: 256 }, (_, each) =>
    renewalOf(certificate({ fingerprint: each.toString(16).padStart(2, '0').padEnd(64, '0') })),
  );
  expect(Math.min(...all)).toBe(NOW + 60 * DAY_MS);
  expect(Math.max(...all)).toBeGreaterThan(NOW + 62.9 * DAY_MS);
  expect(Math.max(...all)).toBeLessThan(NOW + 63 * DAY_MS);
  expect(renewalOf(certificate())).toBe(renewalOf(certificate()));
});

test('one is asked for at once where a name is missing, or it is of another authority', () => {
  expect(dueAt(standing({ certificate: null }), NOW)).toBe(0);
  expect(dueAt(standing({ certificate: certificate({ names: ['a.test'] }) }), NOW)).toBe(0);
  expect(dueAt(standing({ certificate: certificate({ names: ['*.test'] }) }), NOW)).toBeGreaterThan(NOW);
  expect(dueAt(standing({ directory: 'https://other.test/' }), NOW)).toBe(0);
});

test('a failure holds up what it was about, and nothing else', () => {
  const none = { certificate: null };
  const next = NOW + 3_600_000;
  expect(dueAt(standing({ ...none, record: failed('refused') }), NOW + 1)).toBe(next);
  expect(dueAt(standing({ ...none, record: failed('refused', { names: ['a.test'] }) }), NOW)).toBe(0);
  expect(dueAt(standing({ ...none, record: failed('refused'), directory: 'https://other.test/' }), NOW)).toBe(
    0,
  );
  // An authority that wants to be asked less means all names.
  expect(dueAt(standing({ ...none, record: failed('limited', { names: ['a.test'] }) }), NOW)).toBe(next);
  // Somebody has set the clock back: whatever was waited for is not known any more.
  expect(dueAt(standing({ ...none, record: failed('refused') }), NOW - 1)).toBe(0);
});

test('an order that was cut off is gone on with at once, and three times at most', () => {
  const order = { directory: DIRECTORY, names: GROUP.names, key: 'k', url: null };
  const cut = (resumed: number) =>
    dueAt(
      standing({ certificate: null, record: { ...failed('interrupted'), order: { ...order, resumed } } }),
      NOW,
    );
  expect([0, 1, 2, 3].map(cut)).toEqual([0, 0, 0, NOW + 3_600_000]);
});

test('names that fail keep no others from a certificate, and cost none that is there', () => {
  const bad = new Map([['b.test', 'no address']]);
  const none = standing({ certificate: null });
  expect(othersOf(none, bad, NOW)).toEqual(['a.test']);
  expect(othersOf(none, new Map(), NOW)).toEqual([]);
  expect(othersOf(none, new Map([...bad, ['a.test', 'no address']]), NOW)).toEqual([]);
  const some = standing({ certificate: certificate({ names: ['a.test'] }) });
  expect(othersOf(some, bad, NOW)).toEqual([]);
  expect(othersOf(some, bad, NOW + 62 * DAY_MS)).toEqual(['a.test']);
});

test('an agent that ends again and again asks no more than a dozen times a day', () => {
  let record: GroupRecord = EMPTY_RECORD;
  let asked = 0;
  for (let nowMs = NOW; nowMs < NOW + DAY_MS; nowMs += 1000) {
    if (dueAt(standing({ certificate: null, record }), nowMs) > nowMs) continue;
    asked++;
    const failures = record.failures + 1;
    const kind = 'interrupted';
    const waitMs = waitAfter({ kind, retryAfterMs: null }, failures, 0);
    const resumed = record.order === null ? 0 : record.order.resumed + 1;
    const order = { directory: DIRECTORY, names: GROUP.names, key: 'k', url: null, resumed };
    record = { ...failed(kind, { atMs: nowMs, nextMs: nowMs + waitMs }), failures, order };
  }
  expect(asked).toBeGreaterThan(4);
  expect(asked).toBeLessThanOrEqual(12);
});

test.each([
  ['unreachable', 60_000, 3_600_000],
  ['refused', 900_000, DAY_MS],
  ['limited', 3_600_000, DAY_MS],
] as const)('after a failure that is %s it waits longer each time, up to a bound', (kind, first, most) => {
  const wait = (failures: number, retryAfterMs: number | null = null) =>
    waitAfter({ kind, retryAfterMs }, failures, 0);
  expect([wait(1), wait(2), wait(3)]).toEqual([first, 2 * first, Math.min(4 * first, most)]);
  expect(wait(1000)).toBe(most);
  expect(wait(1, 3 * DAY_MS)).toBe(3 * DAY_MS);
  expect(wait(1, 1)).toBe(first);
  expect(waitAfter({ kind, retryAfterMs: null }, 1, 1)).toBe(Math.round(1.1 * first));
});

test('one certificate an app, of a hundred names at most, and a name of two apps once', () => {
  const many = Array.from({ length: 201 }, (_, each) => `n${each}.test`);
  const groups = groupsOf(
    [
      { id: 'a', names: ['a.test', 'shared.test', 'file.test', 'a.test'] },
      { id: 'b', names: ['shared.test', 'file.test'] },
      { id: 'c', names: many },
    ],
    (name) => name === 'file.test',
  );
  expect(groups.map(({ id, names }) => [id, names.length])).toEqual([
    ['a', 2],
    ['c', 100],
    ['c.2', 100],
    ['c.3', 1],
  ]);
});

test('three weeks before its end it is told, or a third of a short life before', () => {
  const year = certificate({ untilMs: NOW + 365 * DAY_MS });
  expect(ageOf(year, NOW + 343 * DAY_MS)).toBe('fresh');
  expect(ageOf(year, NOW + 345 * DAY_MS)).toBe('soon');
  const day = certificate({ untilMs: NOW + DAY_MS });
  // Not while it is renewed as it should be.
  expect(ageOf(day, renewalOf(day))).toBe('fresh');
  expect(ageOf(day, NOW + 0.71 * DAY_MS)).toBe('soon');
  expect(ageOf(day, NOW + DAY_MS)).toBe('expired');
});
