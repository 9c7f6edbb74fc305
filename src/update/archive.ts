import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { messageOf, runTool, SlipwayError, syncDirectory } from '../kernel/index.ts';
import { type Installation, readManifest } from './installation.ts';

/**
 * Unpacks an archive under the name of its version, with one rename at the end. Gives the version; where the very archive is
 * there already, nothing is unpacked. Throws `update_refused`: another digest than wanted, none of ours, another content
 * under a version that is there; then nothing was changed.
 */
export async function unpackArchive(
  installation: Installation,
  { file, sha256 }: { file: string; sha256: string | null },
): Promise<string> {
  const digest = await digestOf(file);
  if (sha256 !== null && digest !== sha256)
    throw refused(`${file} has the SHA-256 ${digest}, and not ${sha256}`, 'it is not what it should be');
  const known = installation.versions().find((version) => archiveOf(installation, version) === digest);
  if (known !== undefined) return known;

  const stage = path.join(installation.base, '.updating');
  fs.rmSync(stage, { recursive: true, force: true });
  fs.mkdirSync(stage, { mode: 0o700 });
  try {
    await runTool(['tar', '-x', '--no-same-owner', '-f', path.resolve(file), '-C', stage]);
    const [name = ''] = fs.readdirSync(stage);
    const folder = path.join(stage, name);
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

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(fs.createReadStream(file), hash);
  } catch (error) {
    throw refused(`${file} cannot be read: ${messageOf(error)}`, 'name an archive that script/package made');
  }
  return hash.digest('hex');
}

function refused(message: string, hint: string): SlipwayError {
  return new SlipwayError('update_refused', { message, hint: `${hint}; nothing was changed` });
}
