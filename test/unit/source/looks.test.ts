import { expect, test } from 'vitest';
import { Looks } from '../../../src/source/looks.ts';

test('a look that failed is the end of that look alone: who asked during it gets another one', async () => {
  let count = 0;
  const looks = new Looks(async () => {
    count += 1;
    await Promise.resolve();
    if (count === 1) throw new Error('refused once');
    return count;
  });
  const first = looks.next();
  const during = looks.next();
  await expect(first).rejects.toThrow('refused once');
  expect(await during).toBe(2);
  expect(await looks.next()).toBe(3);
});
