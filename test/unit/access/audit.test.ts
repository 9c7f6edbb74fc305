import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Access } from '../../../src/access/index.ts';
import type { AuditRow } from '../../../src/journal/index.ts';
import { registerSecret } from '../../../src/kernel/index.ts';
import { openAccess } from '../../fixtures/open-access.ts';
import { ManualClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const DEPLOY = { actor: 'ada', address: '192.0.2.7', app: 'shop', action: 'deploy', subject: 'shop' };
const ALL = { app: null, apps: null, actor: null, limit: 100, before: null };

test('a deed is written down before it is done, and its end after it', () => {
  const clock = new ManualClock();
  const { access } = openAccess({ clock });
  const seq = access.audit.begin({ ...DEPLOY, before: { live: '1.0' } });
  const row = { ...DEPLOY, seq, at: clock.now(), before: { live: '1.0' }, stranger: false };
  expect(access.audit.list(ALL)).toEqual([{ ...row, outcome: 'begun', reason: null, after: null }]);
  clock.advance(5000);
  access.audit.end(seq, { outcome: 'succeeded', after: { live: '2.0' } });
  expect(access.audit.list(ALL)).toEqual([
    { ...row, outcome: 'succeeded', reason: null, after: { live: '2.0' } },
  ]);
});

test('what an agent had begun when it was killed is known to be unknown', () => {
  const folder = temporaryFolder();
  const first = openAccess({ folder });
  first.access.audit.begin(DEPLOY);
  first.access.audit.end(first.access.audit.begin(DEPLOY), { outcome: 'failed', reason: 'no room' });
  first.leave();
  const next = openAccess({ folder }).access;
  expect(next.audit.list(ALL)).toMatchObject([
    { outcome: 'failed', reason: 'no room' },
    { outcome: 'unknown', reason: 'the agent ended' },
  ]);
  expect(next.audit.begin(DEPLOY)).toBe(3);
});

test('the audit is read by app and actor, in pages, and by those who know some apps alone', () => {
  const { access } = openAccess();
  for (const [app, actor] of [
    ['shop', 'ada'],
    ['api', 'bob'],
    ['shop', 'bob'],
    [null, 'ada'],
  ] as const)
    access.audit.begin({ ...DEPLOY, app, actor });
  expect(seqs(access)).toEqual([4, 3, 2, 1]);
  expect(seqs(access, { app: 'shop' })).toEqual([3, 1]);
  expect(seqs(access, { actor: 'bob' })).toEqual([3, 2]);
  expect(seqs(access, { limit: 2 })).toEqual([4, 3]);
  expect(seqs(access, { limit: 2, before: 3 })).toEqual([2, 1]);
  expect(seqs(access, { apps: ['shop'] })).toEqual([3, 1]);
  expect(seqs(access, { apps: ['shop'], app: 'api' })).toEqual([]);
  expect(seqs(access, { apps: [] })).toEqual([]);
});

test('whoever knocks pushes none of the deeds of others out', () => {
  const { access, journal, addMany } = opened();
  access.audit.begin(DEPLOY);
  addMany({ from: 2, to: 110_079, stranger: true });
  const [row] = access.audit.list(ALL);
  journal.write('one more', ({ audit }) => audit.add({ ...row, seq: 110_080, stranger: true } as AuditRow));
  const rows = access.audit.list({ ...ALL, limit: 200_000 });
  expect(rows).toHaveLength(10_001);
  expect(rows.at(-1)).toMatchObject({ seq: 1, actor: 'ada' });
});

test('ninety thousand deeds are kept, and whoever has most gives way', () => {
  const { access, journal, addMany } = opened();
  access.audit.begin(DEPLOY);
  addMany({ from: 2, to: 90_111, stranger: false });
  const [row] = access.audit.list(ALL);
  journal.write('one more', ({ audit }) => audit.add({ ...row, seq: 90_112 } as AuditRow));
  const rows = access.audit.list({ ...ALL, limit: 200_000 });
  expect(rows).toHaveLength(90_000);
  expect(rows.slice(-2).map(({ seq, actor }) => ({ seq, actor }))).toEqual([
    { seq: 114, actor: 'many' },
    { seq: 1, actor: 'ada' },
  ]);
});

test('nobody pushes out what he did by what he is refused', () => {
  const { access, journal, addMany } = opened();
  access.audit.begin({ ...DEPLOY, actor: 'many' });
  addMany({ from: 2, to: 90_111, stranger: false, outcome: 'refused' });
  const [row] = access.audit.list(ALL);
  journal.write('one more', ({ audit }) => audit.add({ ...row, seq: 90_112 } as AuditRow));
  const rows = access.audit.list({ ...ALL, limit: 200_000 });
  expect(rows).toHaveLength(90_000);
  expect(rows.at(-1)).toMatchObject({ seq: 1, actor: 'many', action: 'deploy' });
});

test('the audit holds no secret, and nothing that takes a terminal over or has no end', () => {
  registerSecret('hunter22-of-the-audit');
  const { access } = openAccess();
  const seq = access.audit.begin({
    ...DEPLOY,
    actor: `ada\x1b[2J${'x'.repeat(1000)}`,
    subject: 'hunter22-of-the-audit',
    before: { long: 'y'.repeat(5000) },
  });
  access.audit.end(seq, { outcome: 'failed', reason: 'it said hunter22-of-the-audit' });
  const [row] = access.audit.list(ALL);
  expect(row?.actor).toMatch(/^ada\\x1b\[2Jx{150,200} /);
  expect(JSON.stringify(row)).not.toContain('hunter22');
  expect(row?.before).toEqual({ too_long: true });
});

function seqs(access: Access, asked: Partial<typeof ALL> | Record<string, unknown> = {}): number[] {
  return access.audit.list({ ...ALL, ...asked }).map(({ seq }) => seq);
}

/** `addMany` writes rows that are all the same at once. */
function opened() {
  const folder = temporaryFolder();
  const { access, journal } = openAccess({ folder });
  const addMany = (rows: { from: number; to: number; stranger: boolean; outcome?: AuditRow['outcome'] }) => {
    journal.decide('all that waits', () => undefined);
    const database = new Database(`${folder}/slipway.db`);
    database
      .prepare(
        `WITH RECURSIVE many (seq) AS (SELECT @from UNION ALL SELECT seq + 1 FROM many WHERE seq < @to)
         INSERT INTO audit (seq, at, actor, action, outcome, stranger)
         SELECT seq, 1, 'many', 'deploy', @outcome, @stranger FROM many`,
      )
      .run({ outcome: 'succeeded', ...rows, stranger: rows.stranger ? 1 : 0 });
    database.close();
  };
  return { access, journal, addMany };
}
