import { expect, onTestFinished, test } from 'vitest';
import type { App, Status } from '../../../src/api/pages/index.ts';
import { browserClock } from '../../../src/web/browser/index.ts';
import { type Client, Problem } from '../../../src/web/client/index.ts';
import { createStatus } from '../../../src/web/models/index.ts';
import { shop } from '../../fixtures/api-states.ts';
import { waitFor } from '../../support/wait-for.ts';
import { fakeFeed } from './fake-feed.ts';

function follow(apps: App[]) {
  const asked: (string | null)[] = [];
  const client = {
    status: async ({ app }: { app?: string }) => {
      asked.push(app ?? null);
      const found = apps.filter((each) => app === undefined || each.app === app);
      if (found.length === 0) throw new Problem({ code: 'app_unknown', status: 404, message: 'no such app' });
      return { agent: { version: '1' }, apps: structuredClone(found) } as Status;
    },
  } as unknown as Client;
  const { feed, tell } = fakeFeed();
  const model = createStatus({ client, feed, clock: browserClock, isVisible: () => true });
  onTestFinished(model.start());
  return { model, tell, asked };
}

test('what happens to an app is asked of that app alone, once for all of a burst', async () => {
  const apps = [shop({ app: 'a' }), shop({ app: 'b' })];
  const { model, tell, asked } = follow(apps);
  await waitFor('the first look', () => model.status.value !== null);
  expect([model.tone.value, asked]).toEqual(['good', [null]]);
  apps[1] = shop({ app: 'b', state: 'down' });
  for (let time = 0; time < 10; time++) tell({ app: 'b' });
  await waitFor('the change', () => model.app('b')?.state === 'down');
  expect(asked).toEqual([null, 'b']);
  expect([model.tone.value, model.app('a')?.state]).toEqual(['bad', 'running']);
});

test('an app that is gone goes from the list', async () => {
  const apps = [shop({ app: 'a' }), shop({ app: 'b' })];
  const { model, tell } = follow(apps);
  await waitFor('the first look', () => model.status.value !== null);
  apps.pop();
  tell({ app: 'b' });
  await waitFor('it to be gone', () => model.status.value?.apps.length === 1);
  expect(model.problem.value).toBeNull();
});
