import fs from 'node:fs';
import path from 'node:path';
import { type Configuration, checkedConfiguration } from '../config/index.ts';
import { messageOf, SlipwayError } from '../kernel/index.ts';
import { unpack } from '../release/index.ts';
import { isPlaceOf } from './contents.ts';
import { type BackedUpFile, JOURNAL, type Manifest, readManifest, sha256Of } from './manifest.ts';

export interface CheckedArchive {
  /** Where it was unpacked to. */
  folder: string;
  manifest: Manifest;
  /** The files, with the places that they go to. */
  files: BackedUpFile[];
  configuration: Configuration;
}

/**
 * Unpacks a backup into a folder of its own, and checks all of it: its sums, its configuration, and that it has files for no
 * place but Slipway's. Nothing else is touched. `configFile`: where its configuration goes, null: to where it was. `fallback`:
 * in force where it has none.
 * @throws SlipwayError `backup_refused`, `config_invalid`, `disk_full`, `permission`
 */
export async function checkedArchive(
  archive: string,
  options: { into: string; configFile: string | null; fallback: Configuration | null },
): Promise<CheckedArchive> {
  const { into, configFile, fallback } = options;
  await unpack({ archive, into, owners: null }).catch((error: unknown) => {
    const isOurs = error instanceof SlipwayError && ['disk_full', 'permission'].includes(error.code);
    if (isOurs) throw error;
    if (error instanceof SlipwayError && error.code === 'archive_missing')
      throw refused(`${archive} is not there`);
    // What its hint says of a live release does not concern a backup.
    throw refused(
      error instanceof SlipwayError ? error.message : `${archive} cannot be unpacked: ${messageOf(error)}`,
    );
  });
  fs.chmodSync(into, 0o700);
  const manifest = readManifest(into, archive);
  for (const { entry, sha256 } of [{ entry: JOURNAL, ...manifest.journal }, ...manifest.files]) {
    const file = path.join(into, entry);
    if (!fs.existsSync(file) || (await sha256Of(file)) !== sha256)
      throw refused(`${entry} in ${archive} is not as it was when the backup was made`);
  }
  const files = manifest.files.map((file) =>
    file.role === 'configuration' && configFile !== null ? { ...file, path: path.resolve(configFile) } : file,
  );
  const { configuration, text } = configurationIn(into, files, fallback);
  const stranger = files.find((file) => !isPlaceOf(configuration, text, file));
  if (stranger) throw refused(`${archive} has a file for ${stranger.path}, which is none of Slipway's`);
  return { folder: into, manifest, files, configuration };
}

function configurationIn(
  folder: string,
  files: readonly BackedUpFile[],
  fallback: Configuration | null,
): { configuration: Configuration; text: string | null } {
  const own = files.find(({ role }) => role === 'configuration');
  if (!own && !fallback)
    throw refused('the backup has no configuration, and there is none on this host either');
  if (!own) return { configuration: fallback as Configuration, text: null };
  const text = fs.readFileSync(path.join(folder, own.entry), 'utf8');
  // Secrets that stand in files are read with it: those that are not here yet are read where they were unpacked.
  const missing = files.filter(({ role, path: place }) => role === 'named' && !fs.existsSync(place));
  const readable = missing
    .toSorted((a, b) => b.path.length - a.path.length)
    .reduce((known, { path: place, entry }) => known.replaceAll(place, path.join(folder, entry)), text);
  return { configuration: checkedConfiguration(readable, own.path), text };
}

function refused(message: string): SlipwayError {
  return new SlipwayError('backup_refused', { message, hint: 'nothing was changed' });
}
