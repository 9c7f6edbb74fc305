import fs from 'node:fs';
import { expect, test } from 'vitest';
import { SiteWorkshop } from '../../support/site.ts';

/** A build: other names each time, and one that stays. */
const buildOf = (text: string) => ({
  'public/build': null,
  [`public/build/assets/app.${text}.js`]: text,
  'public/build/manifest.json': text,
});

test('files of the last `keep` releases are reachable, no others, after a rollback too', async () => {
  const site = await SiteWorkshop.make({ site: { assets: ['public/build'], keep: 3, shared: [] } });
  await site.workshop.start();
  const served = () =>
    fs
      .readdirSync(site.file('current/public/build/assets'))
      .map((name) => name.split('.')[1] ?? '')
      .toSorted((a, b) => a.localeCompare(b))
      .join(' ');
  const sizes: unknown[] = [];
  for (const [index, expected] of ['a', 'a b', 'a b c', 'b c d', 'c d e'].entries()) {
    site.repository.push(buildOf('abcde'[index] ?? ''));
    const deployment = await site.deploy();
    expect(deployment.state).toBe('succeeded');
    expect(served()).toBe(expected);
    expect(site.served('public/build/manifest.json')).toBe('abcde'[index]);
    sizes.push((await (await site.workshop.client()).releases({ app: 'shop' }))[0]?.size_bytes);
  }
  expect(new Set(sizes).size, `sizes ${sizes}`).toBe(1);
  expect(site.served('public/build/assets/app.c.js')).toBe('c');

  expect(await site.rollback()).toMatchObject({ state: 'succeeded', number: 4 });
  expect(served()).toBe('b c d e');
  expect(site.served('public/build/manifest.json')).toBe('d');
  // That e was below d makes it none of d's own.
  for (const [text, expected] of [
    ['f', 'd e f'],
    ['g', 'e f g'],
    ['h', 'f g h'],
  ]) {
    site.repository.push(buildOf(text ?? ''));
    expect((await site.deploy({ ref: 'main' })).state).toBe('succeeded');
    expect(served()).toBe(expected);
  }
});
