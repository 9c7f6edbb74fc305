import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errnoOf, type Owners, openOwnedSoon, SlipwayError, uniqueName } from '../../kernel/index.ts';

/**
 * Takes large files of a repository of this host, one by one: git-lfs would follow whatever lies there. Errors: `permission`,
 * `repository_unreachable` where one is not there, or is another than its name says.
 */
export async function takeLargeFiles(
  objects: Iterable<string>,
  { repository, owners, fileOf }: { repository: string; owners: Owners; fileOf: (object: string) => string },
): Promise<void> {
  for (const object of objects) await take(object, { repository, owners, to: fileOf(object) });
}

async function take(object: string, at: { repository: string; owners: Owners; to: string }): Promise<void> {
  const { repository, owners, to } = at;
  const fd = await openObject(object, { repository, owners });
  const temporary = uniqueName(to);
  const digest = createHash('sha256');
  try {
    fs.mkdirSync(path.dirname(to), { recursive: true });
    await pipeline(
      fs.createReadStream('', { fd }),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          digest.update(chunk);
          yield chunk;
        }
      },
      fs.createWriteStream(temporary, { flags: 'wx' }),
    );
    if (digest.digest('hex') !== object) throw unusable(object, { repository, what: 'is damaged' });
    fs.renameSync(temporary, to);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

/** Opens an object in a bare repository, or in the `.git` of one with a work tree. */
async function openObject(object: string, of: { repository: string; owners: Owners }): Promise<number> {
  const { repository, owners } = of;
  const name = path.join('lfs/objects', object.slice(0, 2), object.slice(2, 4), object);
  for (const folder of [repository, path.join(repository, '.git')])
    try {
      return await openOwnedSoon(path.join(folder, name), owners);
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) throw error;
    }
  throw unusable(object, { repository, what: 'is not there' });
}

function unusable(object: string, { repository, what }: { repository: string; what: string }): SlipwayError {
  return new SlipwayError('repository_unreachable', {
    message: `the large file ${object} of ${repository} ${what}`,
    hint: 'what is live was left as it was',
    next: `git lfs fsck   (in ${repository})`,
  });
}
