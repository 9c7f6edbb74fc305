import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { HistoryBound } from '../../../src/agent/history/index.ts';
import { Journal } from '../../../src/journal/index.ts';
import { systemClock } from '../../../src/kernel/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const DAY_MS = 86_400_000;
const MB = 1024 ** 2;
const NOW = Date.now();

/** A journal, and the database below it for what takes too long by single entries. */
function journalOf(fill: (database: Database.Database) => void) {
  const folder = temporaryFolder();
  Journal.open(folder).close();
  const database = new Database(path.join(folder, 'slipway.db'));
  database.pragma('synchronous = OFF');
  fill(database);
  const count = (table: string) => database.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  const told: string[] = [];
  const prune = async (bounds: { keepMs?: number; auditMs?: number; maxSizeBytes?: number }) => {
    const journal = Journal.open(folder);
    await new HistoryBound({
      journal,
      // It takes a breath between its steps, of which there are hundreds here.
      clock: { ...systemClock, after: (_ms, fn) => systemClock.after(0, fn) },
      bounds: () => ({ keepMs: 365 * DAY_MS, auditMs: 730 * DAY_MS, maxSizeBytes: 1024 * MB, ...bounds }),
      tell: (message) => told.push(message),
    }).prune();
    const usedBytes = journal.tables.old.usedBytes();
    journal.close();
    return usedBytes;
  };
  const fileBytes = () => fs.statSync(path.join(folder, 'slipway.db')).size;
  return { database, prune, count, told, fileBytes };
}

/** So many events, a minute apart, the last one now. */
function addEvents(database: Database.Database, count: number): void {
  database
    .prepare(
      `INSERT INTO event (at, app, type, message)
       SELECT @now - (@count - value) * 60000, 'shop', 'instance.ready', 'shop/1 is ready: it accepts connections'
       FROM (WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < @count)
             SELECT value FROM n)`,
    )
    .run({ now: NOW, count });
}

test('of a million events the newest are kept, within the size, and the room is used again', async () => {
  const { database, prune, count, fileBytes } = journalOf((database) => addEvents(database, 1_000_000));
  const before = fileBytes();
  expect(before).toBeGreaterThan(80 * MB);
  expect(await prune({ keepMs: 3650 * DAY_MS, maxSizeBytes: 20 * MB })).toBeLessThan(20 * MB);
  expect(count('event')).toBeGreaterThan(50_000);
  expect(database.prepare('SELECT max(seq) FROM event').pluck().get()).toBe(1_000_000);
  addEvents(database, 500_000);
  expect(fileBytes()).toBeLessThanOrEqual(before * 1.05);
});

test('by age all goes but what is kept whatever its age, and what something still needs', async () => {
  const { database, prune, count, told } = journalOf((database) => {
    const old = NOW - 100 * DAY_MS;
    addEvents(database, 50_000);
    const add = (sql: string, ...rows: unknown[][]) => {
      const statement = database.prepare(sql);
      for (const row of rows) statement.run(...row);
    };
    add(`INSERT INTO app (name, environment, live) VALUES ('shop', 'production', 1)`, []);
    const numbers = Array.from({ length: 200 }, (_, index) => index + 1);
    add(
      `INSERT INTO release (name, environment, number, version, state, directory, created_at, removed_at)
       VALUES ('shop', 'production', ?, '1', 'retired', '/x', 1, ?)`,
      ...numbers.map((number) => [number, number <= 3 ? null : old]),
    );
    add(
      `INSERT INTO deployment (name, environment, kind, state, release, version, offer, trigger_by, actor, queued_at, ended_at)
       VALUES ('shop', 'production', 'full', ?, ?, '1', '{}', 'auto', 'x', ?, ?)`,
      ...numbers.map((number) => ['succeeded', number, old, old]),
      ['running', 201, old, null],
    );
    add(
      `INSERT INTO step (deployment, position, name, state) SELECT id, 0, 'fetch', 'succeeded' FROM deployment`,
      [],
    );
    add(
      `INSERT INTO run (id, name, environment, unit, release, pid, started_at, ended_at)
       VALUES (?, 'shop', 'production', ?, 1, 1, ?, ?)`,
      ...numbers.flatMap((number) => [
        [`a${number}`, '1', old, old],
        [`b${number}`, '2', old, number === 1 ? null : old],
      ]),
    );
    add(
      `INSERT INTO audit (at, actor, action, outcome) VALUES (?, 'x', 'deploy', ?)`,
      [old, 'succeeded'],
      [old, 'begun'],
      [NOW, 'succeeded'],
    );
    add(`INSERT INTO ghost VALUES ('shop', 'production', '0.9', NULL, 'bad', ?)`, [old]);
  });
  await prune({ keepMs: 30 * DAY_MS, auditMs: 30 * DAY_MS });
  // 30 days of minutes, but for those of the test itself.
  expect(Math.abs(count('event') - 30 * 1440)).toBeLessThan(10);
  // 50 of each instance, and the run that goes on.
  expect(count('run')).toBe(101);
  // The last 50, those of releases that are there, and the one that runs.
  const deployments = database.prepare('SELECT id FROM deployment ORDER BY id').pluck().all();
  expect(deployments).toEqual([1, 2, 3, ...Array.from({ length: 50 }, (_, index) => 152 + index)]);
  expect(count('step')).toBe(53);
  // Those that a deployment or a run speaks of, or that are there.
  expect(count('release')).toBe(3 + 49);
  expect(count('audit')).toBe(2);
  expect(count('ghost')).toBe(1);
  expect(told).toEqual([]);

  await prune({ maxSizeBytes: 1 });
  expect(told).toEqual([expect.stringContaining('kept whatever its age')]);
});
