import { expect, test } from 'vitest';
import { neededRoom } from '../../../src/site/room.ts';
import type { FetchedCommit } from '../../../src/source/index.ts';
import { siteGround } from './ground.ts';

test('a release needs room for its tree, and with keep_git for the history too', async () => {
  const fetched = {
    kind: 'commit',
    sizeBytes: 1000,
    files: 10,
    history: async () => ({ sizeBytes: 70_000, files: 5 }),
  } as unknown as FetchedCommit;
  expect(await neededRoom(siteGround().context, fetched)).toEqual({ bytes: 1000, inodes: 10 });
  const { context } = siteGround({ configuration: { keepGit: true } });
  expect(await neededRoom(context, fetched)).toEqual({ bytes: 71_000, inodes: 15 });
});
