import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { GitRepository } from '../../support/git-repository.ts';
import { fetchCommit, gitSource, never } from '../../support/git-source.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { temporaryFolder } from '../../support/temporary.ts';

test('a history that does not fit is told with its size before, else as a full disk', async () => {
  const repository = new GitRepository(path.join(temporaryFolder(), 'shop'));
  repository.commit({ big: randomBytes(2_000_000) });
  const commit = repository.commit({ big: 'small' });
  const fetched = await fetchCommit(gitSource({ url: repository.folder }), commit);
  expect(fetched.sizeBytes).toBeLessThan(100);
  const history = await fetched.history();
  expect(history.sizeBytes).toBeGreaterThan(2_000_000);
  expect(history.sizeBytes).toBeLessThan(2_200_000);

  const disk = new SmallDisk(path.join(temporaryFolder(), 'disk'), 1024 * 1024);
  const into = path.join(disk.folder, 'release');
  const checkOut = (keepGit: boolean) => fetched.checkOut({ into, keepGit, signal: never, say: () => {} });
  await expect(checkOut(true)).rejects.toMatchObject({
    code: 'disk_full',
    message: expect.stringContaining(`commit ${commit}`),
    next: `df -h ${disk.folder}; df -i ${disk.folder}`,
  });
  expect(fs.readdirSync(disk.folder)).toEqual([]);
  await checkOut(false);
  expect(fs.readFileSync(path.join(into, 'big'), 'utf8')).toBe('small');
});
