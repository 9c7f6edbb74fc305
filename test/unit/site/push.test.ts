import { expect, test } from 'vitest';
import { concernsPush } from '../../../src/site/push.ts';

const main = { branch: 'main', tags: [] };
const tagged = { branch: 'main', tags: ['^v\\d+', '^stable$'] };

test.each([
  [main, 'refs/heads/main', true],
  [main, 'refs/heads/main2', false],
  [main, 'refs/heads/feature/main', false],
  [main, 'refs/tags/main', false],
  [main, 'main', true],
  [main, 'develop', false],
  [main, null, true],
  [main, 'refs/pull/1/head', false],
  [tagged, 'refs/tags/v1.2', true],
  [tagged, 'refs/tags/stable', true],
  [tagged, 'refs/tags/nightly', false],
  [tagged, 'v2', true],
  [{ branch: null, tags: [] }, 'refs/heads/whatever', true],
])('of %j a push to %j concerns it: %s', (source, ref, expected) => {
  expect(concernsPush(source, ref)).toBe(expected);
});
