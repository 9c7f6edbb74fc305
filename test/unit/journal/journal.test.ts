import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { Journal } from '../../../src/journal/index.ts';
import { migrations } from '../../../src/journal/migrations.ts';
import { SlipwayError, systemClock } from '../../../src/kernel/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const key = { name: 'web', environment: 'production' };

function refusal(folder: string): SlipwayError {
  try {
    Journal.open(folder).close();
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('it was opened');
}

test('what was written is there for the next one who opens it', () => {
  const folder = temporaryFolder();
  const journal = Journal.open(folder);
  journal.write('an app', (tables) => {
    tables.addApp(key);
    tables.updateApp(key, { pinned: '1.0.0', live: 3 });
  });
  journal.close();
  const again = Journal.open(folder);
  expect(again.tables.app(key)).toMatchObject({
    ...key,
    pinned: '1.0.0',
    live: 3,
    stopped: false,
    nextNumber: 1,
  });
  again.close();
});

test('an entry that fails half-way leaves nothing of itself', () => {
  const journal = Journal.open(temporaryFolder());
  expect(() =>
    journal.write('broken', (tables) => {
      tables.addApp(key);
      throw new Error('in the middle');
    }),
  ).toThrow('in the middle');
  expect(journal.tables.app(key)).toBeNull();
  journal.close();
});

test('a damaged database, a foreign file and one of a newer Slipway are refused, and not touched', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'slipway.db');
  const journal = Journal.open(folder);
  journal.write('an app', (tables) => tables.addApp(key));
  journal.close();
  const sound = fs.readFileSync(file);

  const damaged = Buffer.from(sound);
  damaged.fill(0xff, 4096);
  fs.writeFileSync(file, damaged);
  expect(refusal(folder)).toMatchObject({ code: 'journal_corrupt' });
  expect(fs.readFileSync(file)).toEqual(damaged);

  fs.writeFileSync(file, 'no database at all, but somebody needs it');
  expect(refusal(folder)).toMatchObject({ code: 'journal_corrupt' });
  expect(fs.readFileSync(file, 'utf8')).toBe('no database at all, but somebody needs it');

  fs.writeFileSync(file, sound);
  const newer = new Database(file);
  newer.pragma(`user_version = ${migrations.length + 1}`);
  newer.close();
  const future = fs.readFileSync(file);
  expect(refusal(folder)).toMatchObject({ code: 'journal_future' });
  expect(fs.readFileSync(file)).toEqual(future);
});

test('a database of the first version is brought up to date, with all that is in it', () => {
  const folder = temporaryFolder();
  const old = new Database(path.join(folder, 'slipway.db'));
  old.exec(migrations[0] ?? '');
  old.exec(`
    INSERT INTO app (name, environment, live, fingerprint) VALUES ('web', 'production', 1, 'f');
    INSERT INTO deployment (id, name, environment, kind, state, version, offer, trigger_by, actor, queued_at)
      VALUES (7, 'web', 'production', 'full', 'running', '1.0.0', '{}', 'cli', 'ada', 1);
    INSERT INTO step (deployment, position, name, instance, state) VALUES (7, 0, 'fetch', NULL, 'succeeded'),
      (7, 1, 'roll-out', 2, 'running');
    INSERT INTO instance (name, environment, instance, release, crash_restarts) VALUES ('web', 'production', 2, 1, 3);
  `);
  old.pragma('user_version = 1');
  old.close();
  const journal = Journal.open(folder);
  expect(journal.tables.app(key)?.live).toBe(1);
  expect(journal.tables.openDeployments(key)).toMatchObject([{ id: 7, state: 'running', version: '1.0.0' }]);
  expect(journal.tables.steps(7).map(({ name, unit }) => [name, unit])).toEqual([
    ['fetch', null],
    ['roll-out', '2'],
  ]);
  expect(journal.tables.instances(key)).toMatchObject([{ unit: '2', release: 1, crashRestarts: 3 }]);
  journal.write('a worker', (tables) => tables.addInstance(key, 'queue.1', null));
  journal.close();
});

test('the database is private, and its writes are synchronous', () => {
  const folder = temporaryFolder();
  const journal = Journal.open(folder);
  expect(fs.statSync(path.join(folder, 'slipway.db')).mode & 0o777).toBe(0o600);
  journal.close();
});

test('records that find no room wait, in order; what may not wait is refused', () => {
  const database = new Database(':memory:');
  for (const migration of migrations) database.exec(migration);
  const timers: (() => void)[] = [];
  const clock = {
    ...systemClock,
    after: (_ms: number, fn: () => void) => (timers.push(fn), () => undefined),
  };
  const journal = new Journal(database, clock);
  const troubles: (string | null)[] = [];
  journal.troubled.on((why) => troubles.push(why));
  journal.write('an app', (tables) => tables.addApp(key));
  const pages = Number(database.pragma('page_count', { simple: true }));
  database.pragma(`max_page_count = ${pages}`);
  const grow = 'x'.repeat(1_000_000);
  journal.writeSoon('first', (tables) => tables.updateApp(key, { pinned: grow }));
  journal.writeSoon('second', (tables) => tables.updateApp(key, { pinned: 'the second' }));
  expect(journal.tables.app(key)?.pinned).toBeNull();
  expect(() => journal.write('third', (tables) => tables.updateApp(key, { live: 1 }))).toThrow(
    expect.objectContaining({ code: 'disk_full' }),
  );
  expect(journal.tables.app(key)?.live).toBeNull();
  database.pragma('max_page_count = 1000000');
  for (const timer of timers.splice(0)) timer();
  expect(journal.tables.app(key)?.pinned).toBe('the second');
  expect(troubles.at(0)).not.toBeNull();
  expect(troubles.at(-1)).toBeNull();
  journal.close();
});

test('a database of an earlier Slipway is brought up to date: runs began with what they ran', () => {
  const folder = temporaryFolder();
  const database = new Database(path.join(folder, 'slipway.db'));
  database.exec(migrations[0] ?? '');
  database.pragma('user_version = 1');
  database
    .prepare(
      `INSERT INTO run (id, name, environment, unit, release, pid, started_at)
       VALUES ('web.1.3.0.a', 'web', 'production', '1', 3, 100, 5)`,
    )
    .run();
  database.close();
  const journal = Journal.open(folder);
  expect(journal.tables.runById('web.1.3.0.a')).toMatchObject({ release: 3, kind: 'full', pid: 100 });
  journal.write('an upgrade', (tables) => tables.updateRun('web.1.3.0.a', { release: 4, kind: 'hot' }));
  expect(journal.tables.runById('web.1.3.0.a')).toMatchObject({ release: 4, kind: 'hot', startedAt: 5 });
  journal.close();
});
