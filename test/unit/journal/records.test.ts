import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { Journal } from '../../../src/journal/index.ts';
import { registerSecret } from '../../../src/kernel/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const key = { name: 'shop', environment: 'production' };
const other = { name: 'shop', environment: 'staging' };
const DAY_MS = 86_400_000;

function opened(): Journal {
  const journal = Journal.open(temporaryFolder());
  onTestFinished(() => journal.close());
  return journal;
}

test('a delivery is new once, for each app by itself', () => {
  const journal = opened();
  const add = (app: typeof key, id: string, at = 1000) =>
    journal.write('a delivery', (tables) => tables.addDelivery({ ...app, key: id, at }));
  expect(add(key, 'a')).toBe(true);
  expect(add(key, 'a')).toBe(false);
  expect(add(key, 'a', 2000)).toBe(false);
  expect(add(key, 'b')).toBe(true);
  expect(add(other, 'a')).toBe(true);
});

test('deliveries are known for 30 days', () => {
  const journal = opened();
  const add = (id: string, at: number) =>
    journal.write('a delivery', (tables) => tables.addDelivery({ ...key, key: id, at }));
  add('old', 0);
  add('after 30 days', 30 * DAY_MS);
  expect(add('old', 30 * DAY_MS)).toBe(false);
  add('a moment later', 30 * DAY_MS + 1);
  expect(add('old', 30 * DAY_MS + 1)).toBe(true);
});

test('the newest 10,000 deliveries are known, even those of one moment', () => {
  const journal = opened();
  journal.write('many', (tables) => {
    for (let i = 0; i < 10_001; i++) tables.addDelivery({ ...key, key: `${i}`, at: 1000 });
  });
  const isKnown = (id: string) =>
    journal.write('again', (tables) => !tables.addDelivery({ ...key, key: id, at: 1000 }));
  expect([isKnown('1'), isKnown('10000')]).toEqual([true, true]);
  expect(isKnown('0')).toBe(false);
});

test('secrets are kept as they are given, by app and name', () => {
  const { tables } = opened();
  const value = Buffer.from([0, 255, 10, 39]);
  tables.putSecret({ ...key, variable: 'B', value, setAt: 1 });
  tables.putSecret({ ...key, variable: 'A', value, setAt: 1 });
  tables.putSecret({ ...other, variable: 'A', value, setAt: 1 });
  tables.putSecret({ ...key, variable: 'A', value: Buffer.from('new'), setAt: 2 });
  expect(tables.secrets(key)).toEqual([
    { ...key, variable: 'A', value: Buffer.from('new'), setAt: 2 },
    { ...key, variable: 'B', value, setAt: 1 },
  ]);
  expect(tables.allSecrets()).toHaveLength(3);
  tables.removeSecret(key, 'A');
  expect(tables.secrets(key).map(({ variable }) => variable)).toEqual(['B']);
  expect(tables.secrets(other)).toHaveLength(1);
});

test('the runs of a unit are read newest first, and only its oldest are taken away', () => {
  const { tables } = opened();
  const put = (app: typeof key, unit: string, startedAt: number) =>
    tables.putRun({
      ...{
        ...app,
        id: `${app.environment}.${unit}.${startedAt}`,
        unit,
        release: 1,
        kind: 'full',
        pid: 2,
        startedAt,
        endedAt: null,
      },
      ...{ status: null, signal: null, reason: null, unexpected: null, stderr: null },
    });
  // The clock was set back before the second.
  for (const at of [7, 2, 3]) put(key, 'cron-nightly', at);
  // It has ended.
  put(key, 'cron-nightly', 7);
  put(key, 'cron-other', 1);
  put(other, 'cron-nightly', 1);
  const times = (app: typeof key, unit: string) =>
    tables.runsOf(app, unit, 10).map(({ startedAt }) => startedAt);
  expect(times(key, 'cron-nightly')).toEqual([3, 2, 7]);
  expect(tables.runsOf(key, 'cron-nightly', 2).map(({ startedAt }) => startedAt)).toEqual([3, 2]);
  tables.pruneRunsOf(key, 'cron-nightly', 2);
  expect(times(key, 'cron-nightly')).toEqual([3, 2]);
  expect(times(key, 'cron-other')).toEqual([1]);
  expect(times(other, 'cron-nightly')).toEqual([1]);
  expect(tables.runById('production.cron-nightly.3')).toMatchObject({ unit: 'cron-nightly', startedAt: 3 });
  expect(tables.runById('production.cron-nightly.7')).toBeNull();
});

test('the unexpected ends of a deployment are those of the runs that came after it began', () => {
  const { tables } = opened();
  const put = (id: string, startedAt: number) =>
    tables.putRun({
      ...{
        ...key,
        id,
        unit: '1',
        release: 4,
        kind: 'full',
        pid: 2,
        startedAt,
        endedAt: startedAt,
        status: 1,
      },
      ...{ signal: null, reason: null, unexpected: true, stderr: null },
    });
  put('before', 1_000_000);
  const before = tables.lastRun();
  put('after', 1000);
  put('after that', 2000);
  // It is recorded once more.
  put('before', 1_000_000);
  expect(tables.unexpectedExits(key, 4, before)).toBe(2);
});

test('a reason is written down without secrets and without what a terminal obeys', () => {
  const journal = opened();
  registerSecret('told-by-a-stranger');
  journal.write('a ghost', (tables) => {
    tables.addApp(key);
    tables.addGhost({ ...key, version: '1', hash: null, reason: 'told-by-a-stranger \x1b[2J', at: 1 });
  });
  expect(journal.tables.ghosts(key)[0]?.reason).toBe('[redacted] \\x1b[2J');
});

test('flags are 0 and 1 in the database; an offer, output and the last exit are JSON', () => {
  const folder = temporaryFolder();
  const journal = Journal.open(folder);
  onTestFinished(() => journal.close());
  const offer = {
    ...{ version: '1.0', hash: null, sha256: null, commit: null, ref: 'main', preCommands: ['a'] },
    ...{ archive: { sizeBytes: 1, mtimeMs: 2 }, upload: null },
  };
  const add = (hot: boolean | null) =>
    journal.write('a deployment', (tables) => {
      tables.addApp(key);
      tables.updateApp(key, { stopped: true });
      return tables.addDeployment({
        ...{
          ...key,
          kind: 'full',
          state: 'queued',
          release: null,
          version: '1.0',
          hash: null,
          commitId: null,
        },
        ...{ offer, triggerBy: 'cli', actor: 'test', liveBefore: null, backTo: null, hot, goingBack: null },
        ...{ errorCode: null, reason: null, queuedAt: 1, startedAt: null, endedAt: null },
      });
    });
  const ids = [false, true, null].map(add);
  expect(ids.map((id) => journal.tables.deployment(id))).toMatchObject([
    { hot: false, offer },
    { hot: true, offer },
    { hot: null, offer },
  ]);
  expect(journal.tables.app(key)?.stopped).toBe(true);
  const step = { deployment: ids[0] ?? 0, position: 0, name: 'fetch', unit: null, argument: null };
  const lastExit = { status: 1, signal: null, reason: 'exit status 1', at: 5 };
  journal.write('a step', (tables) => {
    const ended = { startedAt: 1, endedAt: 2, reason: null, output: ['a', 'b'] };
    tables.addStep({ ...step, state: 'succeeded', ...ended });
    tables.addInstance(key, '1', null);
    tables.updateInstance(key, '1', { lastExit });
  });
  journal.tables.forget();
  expect(journal.tables.steps(step.deployment)).toMatchObject([{ output: ['a', 'b'] }]);
  expect(journal.tables.instance(key, '1')).toMatchObject({ stopped: false, lastExit });
  const database = new Database(path.join(folder, 'slipway.db'), { readonly: true });
  onTestFinished(() => void database.close());
  const text = JSON.stringify(offer);
  expect(database.prepare('SELECT hot, offer FROM deployment ORDER BY id').all()).toEqual([
    { hot: 0, offer: text },
    { hot: 1, offer: text },
    { hot: null, offer: text },
  ]);
  expect(database.prepare('SELECT stopped FROM app').all()).toEqual([{ stopped: 1 }]);
  expect(database.prepare('SELECT output FROM step').all()).toEqual([{ output: '["a","b"]' }]);
  expect(database.prepare('SELECT last_exit FROM instance').all()).toEqual([
    { last_exit: JSON.stringify(lastExit) },
  ]);
});
