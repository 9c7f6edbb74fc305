import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fileIdentity, stat } from '../../../src/source/stat.ts';
import { temporaryFolder } from '../../support/temporary.ts';

test('a file is another one after a write of the same length, a replacement, or another mode', async () => {
  const file = path.join(temporaryFolder(), 'x');
  const seen = new Set<string>();
  const changes = [
    () => fs.writeFileSync(file, 'a'),
    () => fs.utimesSync(file, 1_700_000_000, 1_700_000_001),
    () => fs.writeFileSync(file, 'bb'),
    () => fs.utimesSync(file, 1_700_000_000, 1_700_000_001),
    () => fs.cpSync(file, `${file}.new`, { preserveTimestamps: true }),
    () => fs.renameSync(`${file}.new`, file),
  ];
  for (const change of changes) {
    change();
    seen.add(fileIdentity(await stat(file)));
  }
  // The copy alone changed nothing of it.
  expect(seen.size).toBe(changes.length - 1);
  const before = await stat(file);
  expect(fileIdentity(Object.assign(Object.create(before), { ctimeMs: before.ctimeMs + 1 }))).not.toBe(
    fileIdentity(before),
  );
});
