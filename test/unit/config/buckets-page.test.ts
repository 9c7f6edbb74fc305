import fs from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkedConfiguration } from '../../../src/config/index.ts';

const page = fs.readFileSync(new URL('../../../docs/buckets.md', import.meta.url), 'utf8');

test('each configuration of the page of buckets is accepted, and means what it says', () => {
  const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
  expect(blocks).toHaveLength(4);
  for (const text of blocks) {
    const { apps } = checkedConfiguration(text, 'buckets.md');
    const written = (parse(text) as { apps: { source: object }[] }).apps;
    expect(apps.map(({ source }) => source)).toMatchObject(written.map(({ source }) => source));
  }
});
