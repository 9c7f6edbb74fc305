import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { Journal } from '../../../src/journal/index.ts';
import { systemClock } from '../../../src/kernel/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const key = { name: 'web', environment: 'production' };

/** A journal whose timers are called by hand, and what another process would find in its database: after a crash, too. */
function ground() {
  const folder = temporaryFolder();
  const timers: (() => void)[] = [];
  const after = (_ms: number, fn: () => void) => {
    timers.push(fn);
    return () => void timers.splice(timers.indexOf(fn), 1);
  };
  const journal = Journal.open(folder, { ...systemClock, after });
  const other = new Database(path.join(folder, 'slipway.db'), { readonly: true });
  onTestFinished(() => {
    other.close();
    journal.close();
  });
  const committed: string[] = [];
  journal.committed.on((entry) => committed.push(entry));
  const durableUnits = () => other.prepare('SELECT unit FROM instance ORDER BY unit').pluck().all();
  return { journal, timers, committed, durableUnits };
}

test('records are seen at once and committed together, a moment later', () => {
  const { journal, timers, committed, durableUnits } = ground();
  for (const unit of ['1', '2', '3'])
    journal.writeSoon(`${unit} is there`, (tables) => tables.addInstance(key, unit, null));
  expect(journal.tables.instances(key)).toHaveLength(3);
  expect([durableUnits(), committed]).toEqual([[], []]);
  expect(timers).toHaveLength(1);
  timers.shift()?.();
  expect(durableUnits()).toEqual(['1', '2', '3']);
  expect(committed).toEqual(['1 is there', '2 is there', '3 is there']);
  expect(timers).toHaveLength(0);
});

test('what must be durable at once takes along what waits; where it fails, it alone is undone', () => {
  const { journal, committed, durableUnits } = ground();
  const add = (unit: string) => (tables: Journal['tables']) => tables.addInstance(key, unit, null);
  journal.writeSoon('first', add('1'));
  journal.write('second', add('2'));
  expect(durableUnits()).toEqual(['1', '2']);
  journal.writeSoon('third', add('3'));
  expect(() =>
    journal.write('fourth', (tables) => {
      tables.updateInstance(key, '1', { release: 9 });
      throw new Error('in the middle');
    }),
  ).toThrow('in the middle');
  expect(durableUnits()).toEqual(['1', '2', '3']);
  expect(journal.tables.instance(key, '1')?.release).toBeNull();
  expect(committed).toContain('third');
});

test('a row that somebody holds stays as it was; read again, it is as it was written', () => {
  const { journal } = ground();
  journal.write('two', (tables) => {
    tables.addApp(key);
    for (const unit of ['10', '9']) tables.addInstance(key, unit, 1);
  });
  const held = journal.tables.instance(key, '9');
  journal.writeSoon('changed', (tables) => {
    tables.updateInstance(key, '9', { release: 2, stopped: true });
    tables.updateApp(key, { stopped: true });
  });
  expect(held).toMatchObject({ release: 1, stopped: false });
  expect(journal.tables.instances(key)).toMatchObject([
    { unit: '9', release: 2, stopped: true, generation: 0 },
    { unit: '10', release: 1, stopped: false },
  ]);
  expect(journal.tables.app(key)?.stopped).toBe(true);
  journal.write('one', (tables) => tables.removeInstance(key, '9'));
  expect(journal.tables.instances(key).map(({ unit }) => unit)).toEqual(['10']);
});

test('records that found no room are made again, whole and in order', () => {
  const { journal, timers, durableUnits } = ground();
  let isFull = true;
  journal.writeSoon('first', (tables) => tables.addInstance(key, '1', null));
  journal.writeSoon('second', (tables) => {
    tables.addInstance(key, '2', null);
    if (isFull) throw Object.assign(new Error('no room'), { code: 'SQLITE_FULL' });
  });
  expect(journal.tables.instances(key)).toEqual([]);
  isFull = false;
  for (const timer of timers.splice(0)) timer();
  expect(durableUnits()).toEqual(['1', '2']);
  expect(journal.tables.instances(key)).toHaveLength(2);
});
