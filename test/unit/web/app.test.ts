import { expect, onTestFinished, test } from 'vitest';
import type { Deployment } from '../../../src/api/pages/index.ts';
import { createApp } from '../../../src/web/models/index.ts';
import { waitFor } from '../../support/wait-for.ts';
import { fakeFeed } from './fake-feed.ts';

test('of many deployments the last few are shown, and older ones when they are asked for', async () => {
  const all = Array.from({ length: 40 }, (_, index) => ({ id: 40 - index }) as Deployment);
  const client = {
    deployments: async ({ limit }: { limit: number }) => all.slice(0, limit),
    releases: async () => [],
  };
  const { feed, tell } = fakeFeed();
  const model = createApp(
    { client: client as never, feed, status: { status: { value: null } as never } },
    'web',
  );
  onTestFinished(model.start());
  const idsShown = () => model.deployments.value.value?.length ?? 0;
  await waitFor('the first of them', () => idsShown() > 0);
  expect([idsShown(), model.hasOlder.value]).toEqual([15, true]);
  await model.showOlder();
  expect([idsShown(), model.hasOlder.value]).toEqual([40, false]);
  // What happens next does not take them away.
  all.unshift({ id: 41 } as Deployment);
  tell({ app: 'web' });
  await waitFor('the new one', () => idsShown() === 41);
});
