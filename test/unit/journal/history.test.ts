import { expect, onTestFinished, test } from 'vitest';
import { stepMedians } from '../../../src/agent/history/index.ts';
import { Journal, type RunRow } from '../../../src/journal/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const key = { name: 'web', environment: 'production' };

function opened(): Journal {
  const journal = Journal.open(temporaryFolder());
  onTestFinished(() => journal.close());
  return journal;
}

function run(number: number, given: Partial<RunRow> = {}): RunRow {
  return {
    ...{ ...key, id: `run ${number}`, unit: '1', release: 1, kind: 'full', pid: number },
    ...{ startedAt: number * 10, endedAt: number * 10 + 5, status: 1, signal: null, reason: 'x' },
    ...{ unexpected: true, stderr: ['last words'] },
    ...given,
  };
}

test('runs are kept by count, and what is old goes but for the newest of them', () => {
  const journal = opened();
  const numbers = () =>
    journal.tables.history.runs(key, { unit: '1', limit: 100, before: null }).map(({ number }) => number);
  journal.write('runs', (tables) => {
    for (let number = 1; number <= 20; number++) tables.putRun(run(number));
    tables.putRun(run(21, { unit: '2' }));
  });
  const prune = (given: { keep: number; always: number; endedBefore: number }) =>
    journal.write('prune', (tables) => tables.history.pruneRuns(key, { unit: '1', ...given }));
  prune({ keep: 10, always: 5, endedBefore: 0 });
  expect(numbers()).toEqual([20, 19, 18, 17, 16, 15, 14, 13, 12, 11]);
  prune({ keep: 10, always: 5, endedBefore: 140 });
  expect(numbers()).toEqual([20, 19, 18, 17, 16, 15, 14]);
  prune({ keep: 10, always: 5, endedBefore: 1_000_000 });
  expect(numbers()).toEqual([20, 19, 18, 17, 16]);
  expect(journal.tables.history.runs(key, { unit: '2', limit: 9, before: null })).toHaveLength(1);
  expect(
    journal.tables.history.runs(key, { unit: '1', limit: 2, before: 18 }).map(({ number }) => number),
  ).toEqual([17, 16]);
});

test('the versions of an instance are those that it changed to, the newest twenty', () => {
  const journal = opened();
  journal.write('versions', (tables) => {
    for (let number = 1; number <= 30; number++) {
      tables.addRelease({
        ...{ ...key, number, version: `1.${number}`, hash: null, commitId: null, state: 'retired' },
        ...{ provenAt: null, directory: '/x', createdAt: 0, sizeBytes: null, removedAt: null },
      });
      for (const at of [number * 10, number * 10 + 1])
        tables.history.noteVersion(key, { unit: '1', release: number, at });
    }
    tables.history.noteVersion(key, { unit: '1', release: 1, at: 999 });
  });
  const versions = journal.tables.history.versions(key);
  expect(versions.slice(0, 3)).toEqual([
    { unit: '1', version: '1.1', since: 999 },
    { unit: '1', version: '1.30', since: 300 },
    { unit: '1', version: '1.29', since: 290 },
  ]);
  expect(versions).toHaveLength(20);
});

test('how long a step takes is the median of the last ten that succeeded, of one kind', () => {
  const journal = opened();
  journal.write('deployments', (tables) => {
    for (let number = 1; number <= 14; number++) {
      const id = tables.addDeployment({
        ...{ ...key, kind: number === 13 ? 'hot' : 'full', state: 'succeeded', release: 1, version: '1.0' },
        ...{
          hash: null,
          commitId: null,
          offer: {} as never,
          triggerBy: 'cli',
          actor: 'ada',
          liveBefore: null,
        },
        ...{ backTo: null, hot: null, goingBack: null, errorCode: null, reason: null, queuedAt: 0 },
        ...{ startedAt: 0, endedAt: 1 },
      });
      tables.updateDeployment(id, { state: number === 14 ? 'failed' : 'succeeded' });
      for (const [position, name, unit] of [
        [0, 'unpack', null],
        [1, 'roll-out', '1'],
      ] as const)
        tables.addStep({
          ...{ deployment: id, position, name, unit, argument: null, state: 'succeeded', startedAt: 100 },
          ...{ endedAt: 100 + number * (position + 1), reason: null, output: [] },
        });
    }
  });
  const medians = (kind: 'full' | 'hot' | null) => stepMedians(journal, { key, id: 'web', kind });
  // Of 3 to 12.
  expect(medians('full')).toEqual([
    { name: 'unpack', instance: null, median_ms: 7.5, count: 10 },
    { name: 'roll-out', instance: 'web/1', median_ms: 15, count: 10 },
  ]);
  expect(medians(null)).toMatchObject([{ median_ms: 13, count: 1 }, { median_ms: 26 }]);
  expect(journal.tables.history.lastDeployments(key)).toEqual([{ unit: '1', id: 14, state: 'failed' }]);
});
