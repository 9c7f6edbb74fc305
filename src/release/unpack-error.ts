import { formatSize, lastingFolder, type Owners, SlipwayError } from '../kernel/index.ts';
import { estimate } from './estimate.ts';
import { availableSpace } from './space.ts';
import type { UnpackOutcome } from './unpack-worker.ts';

const UNTOUCHED =
  'nothing outside its own directory was touched, and nothing of it was kept; what was live is as it was';

interface Unpacking {
  archive: string;
  into: string;
  owners?: Owners | undefined;
  sha256?: string | undefined;
}

/** What a person is told when an archive was not unpacked. */
export async function unpackError(
  failed: Exclude<UnpackOutcome, { outcome: 'done' }>,
  unpacking: Unpacking,
): Promise<SlipwayError> {
  const { archive } = unpacking;
  switch (failed.outcome) {
    case 'missing':
      return new SlipwayError('archive_missing', {
        message: `The archive ${archive} is not there`,
        hint: UNTOUCHED,
      });
    case 'refused':
      return new SlipwayError('archive_refused', {
        message: `The archive ${archive} was refused, for ${failed.why}`,
        hint: UNTOUCHED,
      });
    case 'permission':
      return new SlipwayError('permission', {
        message: `The archive ${archive} could not be unpacked: ${failed.why}`,
        hint: UNTOUCHED,
        ...(failed.next ? { next: failed.next } : {}),
      });
    case 'mismatch':
      return new SlipwayError('digest_mismatch', {
        message: `The archive ${archive} has the SHA-256 ${failed.found}, and ${unpacking.sha256?.toLowerCase()} was offered`,
        hint: `It was changed on its way, or the offer names another one; ${UNTOUCHED}`,
        next: `sha256sum ${archive}`,
      });
    case 'disk_full':
      return diskFull(failed.why, unpacking);
  }
}

async function diskFull(why: string, { archive, into, owners }: Unpacking): Promise<SlipwayError> {
  const parent = lastingFolder(into);
  // A full disk is said all the same where the figures cannot be had.
  const figures = await neededAndFree({ archive, owners, directory: parent }).catch(() => why);
  return new SlipwayError('disk_full', {
    message: `No room in ${parent} to unpack ${archive}: ${figures}`,
    hint: UNTOUCHED,
    next: `df -h ${parent}; df -i ${parent}`,
  });
}

async function neededAndFree(of: {
  archive: string;
  owners: Owners | undefined;
  directory: string;
}): Promise<string> {
  const { archive, owners, directory } = of;
  const need = await estimate(archive, owners);
  const { bytes, inodes } = await availableSpace(directory);
  return (
    `about ${formatSize(need.bytes)} and ${need.inodes} inodes needed, ` +
    `${formatSize(bytes)} and ${inodes ?? 'any number of'} inodes free on that file system`
  );
}
