import { signal } from '@preact/signals';
import { expect, test } from 'vitest';
import type { Status } from '../../../src/api/pages/index.ts';
import { createOverview } from '../../../src/web/models/index.ts';
import { shop } from '../../fixtures/api-states.ts';

function overview(filter = '') {
  const apps = [
    shop({ app: 'calm' }),
    shop({ app: 'broken', state: 'down' }),
    shop({ app: 'moving', state: 'deploying', kind: 'site' }),
    shop({ app: 'asleep', state: 'stopped' }),
    shop({ app: 'also-broken', state: 'down' }),
  ];
  const status = signal<Status | null>({ apps } as Status);
  return createOverview({ status: { status } }, filter);
}

test('the worst comes first, and within it the order of names', () => {
  const { apps, counts } = overview();
  expect(apps.value.map(({ app }) => app)).toEqual(['also-broken', 'broken', 'moving', 'calm', 'asleep']);
  expect(counts.value[0]).toEqual({ state: 'down', count: 2 });
});

test('what is typed is looked for in id, state, kind and version, word by word', () => {
  const model = overview('DOWN also');
  expect(model.apps.value.map(({ app }) => app)).toEqual(['also-broken']);
  model.filter.value = 'site';
  expect(model.apps.value.map(({ app }) => app)).toEqual(['moving']);
  model.filter.value = 'no such';
  expect(model.apps.value).toEqual([]);
});
