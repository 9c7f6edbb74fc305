import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isDiskFull, messageOf, runTool, SlipwayError, syncDirectory } from '../kernel/index.ts';
import { type Installation, readManifest } from './installation.ts';

/**
 * Unpacks an archive under the name of its version, with one rename at the end. It is copied first, to where root alone can come:
 * whoever owns it could exchange it after its digest was taken. Gives the version; where the very archive is
 * there already, nothing is unpacked. Throws `update_refused`: another digest than wanted, none of ours, another content
 * under a version that is there; then nothing was changed.
 */
export async function unpackArchive(
  installation: Installation,
  { file, sha256 }: { file: string; sha256: string | null },
): Promise<string> {
  const stage = path.join(installation.base, '.updating');
  fs.rmSync(stage, { recursive: true, force: true });
  fs.mkdirSync(stage, { mode: 0o700 });
  try {
    const copy = path.join(stage, 'archive');
    const digest = await copyOf(file, copy);
    if (sha256 !== null && digest !== sha256)
      throw refused(`${file} has the SHA-256 ${digest}, and not ${sha256}`, 'it is not what it should be');
    const known = installation.versions().find((version) => archiveOf(installation, version) === digest);
    if (known !== undefined) return known;

    const into = path.join(stage, 'unpacked');
    fs.mkdirSync(into);
    await runTool(['tar', '-x', '--no-same-owner', '-f', copy, '-C', into]);
    const [name = ''] = fs.readdirSync(into);
    const folder = path.join(into, name);
    const { version } = readManifest(folder);
    if (installation.versions().includes(version))
      throw refused(`${version} is here already, from another archive`, 'one version has one content');
    fs.writeFileSync(path.join(folder, '.archive'), `${digest}\n`);
    await runTool(['sync', '-f', folder]);
    fs.rmSync(installation.folderOf(version), { recursive: true, force: true }); // half removed
    fs.renameSync(folder, installation.folderOf(version));
    syncDirectory(installation.base);
    return version;
  } finally {
    fs.rmSync(stage, { recursive: true, force: true });
  }
}

function archiveOf(installation: Installation, version: string): string {
  return fs.readFileSync(path.join(installation.folderOf(version), '.archive'), 'utf8').trim();
}

/** Gives the SHA-256 of what was copied. */
async function copyOf(file: string, to: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    if (!fs.statSync(file).isFile()) throw new Error('it is no regular file');
    await pipeline(
      fs.createReadStream(file),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      fs.createWriteStream(to, { flags: 'wx', mode: 0o600 }),
    );
  } catch (error) {
    if (isDiskFull(error))
      throw new SlipwayError('disk_full', {
        message: `no room for a copy of ${file} in ${path.dirname(path.dirname(to))}`,
        hint: 'nothing was changed',
        cause: error,
      });
    throw refused(`${file} cannot be read: ${messageOf(error)}`, 'name an archive that script/package made');
  }
  return hash.digest('hex');
}

function refused(message: string, hint: string): SlipwayError {
  return new SlipwayError('update_refused', { message, hint: `${hint}; nothing was changed` });
}
