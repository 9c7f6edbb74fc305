import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { PathWatch } from '../../../src/source/path-watch.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A watch of `<root>/a/b`, and the next event that it tells. */
function watchOf(root: string) {
  let tell = () => {};
  const watch = new PathWatch(root, () => tell());
  onTestFinished(() => watch.close());
  return {
    aim: () => watch.aim(['a/b']),
    close: () => watch.close(),
    nextEvent: () =>
      new Promise<'event'>((resolve) => {
        tell = () => resolve('event');
      }),
  };
}

test('a folder that goes away just before it is watched is waited for', async () => {
  const root = path.join(temporaryFolder(), 'root');
  fs.mkdirSync(path.join(root, 'a'), { recursive: true });
  const open = fs.watch;
  vi.spyOn(fs, 'watch').mockImplementationOnce(((folder: string, listener: fs.WatchListener<string>) => {
    fs.rmSync(root, { recursive: true });
    return open(folder, listener);
  }) as typeof fs.watch);
  const watch = watchOf(root);
  await watch.aim();
  expect(fs.existsSync(root)).toBe(false);
  const event = watch.nextEvent();
  fs.mkdirSync(root);
  expect(await event).toBe('event');
});

test('what is not on the way to the file is no event', async () => {
  const root = path.join(temporaryFolder(), 'root');
  fs.mkdirSync(path.join(root, 'a'), { recursive: true });
  const watch = watchOf(root);
  await watch.aim();
  let told = 0;
  const first = watch.nextEvent().then(() => told++);
  for (const name of ['x', 'a/x', '../x']) fs.writeFileSync(path.join(root, name), '');
  // Events come in order: this one would be the fourth.
  const witness = new Promise((resolve) => {
    const watcher = fs.watch(
      path.join(root, 'a'),
      (_type, name) => name === 'last' && resolve(watcher.close()),
    );
  });
  fs.writeFileSync(path.join(root, 'a/last'), '');
  await witness;
  expect(told).toBe(0);
  fs.writeFileSync(path.join(root, 'a/b'), '');
  await first;
});

test('a watch that is closed while it is being aimed stays closed', async () => {
  const root = temporaryFolder();
  const watch = watchOf(root);
  const aimed = watch.aim();
  watch.close();
  await aimed;
  await watch.aim();
  // Closing takes a turn of the event loop, that of the tests before as well.
  expect(await waitFor('no watcher', () => watchers() === 0)).toBe(true);
});

function watchers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length;
}
