import { expect, test } from 'vitest';
import { findGroup } from '../../../src/supervisor/index.ts';

test('a group is found by its name', async () => {
  expect(await findGroup('root')).toBe(0);
});

test.each(['no-such-group', '0', '-r'])('"%s" is no name of a group', async (name) => {
  await expect(findGroup(name)).rejects.toMatchObject({
    code: 'permission',
    message: `there is no group "${name}" on this host`,
    next: `groupadd --force --system ${name}`,
  });
});
