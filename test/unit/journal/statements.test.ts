import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { Statements } from '../../../src/journal/statements.ts';

test('fields of rows are JSON by their names, parameters of queries are as they were given', () => {
  const database = new Database(':memory:');
  onTestFinished(() => {
    database.close();
  });
  database.exec('CREATE TABLE entry (id INTEGER PRIMARY KEY, before TEXT, output TEXT)');
  const sql = new Statements(database);
  sql.insert('entry', { id: 1, before: { a: 1 }, output: ['x'] });
  sql.upsert('entry', { key: 'id', row: { id: 2, before: { b: 2 }, output: null } });
  sql.insert('entry', { id: 3, before: null, output: [] });
  sql.update('entry', 'id = @id', { key: { id: 3 }, change: { before: ['c'] } });
  expect(sql.all('SELECT * FROM entry', {})).toEqual([
    { id: 1, before: { a: 1 }, output: ['x'] },
    { id: 2, before: { b: 2 }, output: null },
    { id: 3, before: ['c'], output: [] },
  ]);
  const raw = database.prepare('SELECT output FROM entry WHERE id = 1').pluck().get();
  expect(sql.run('DELETE FROM entry WHERE output = @output', { output: raw }).changes).toBe(1);
  expect(sql.run('DELETE FROM entry WHERE id < @before', { before: 3 }).changes).toBe(1);
});
