import { SlipwayError } from '../kernel/index.ts';
import { unpack } from '../release/index.ts';
import { refused } from './refusal.ts';

/** Unpacks an archive by the rules of agents, into a folder that is not there yet. Rejects with `publish_refused`. */
export async function unpacked(options: {
  file: string;
  sha256: string;
  into: string;
  signal: AbortSignal;
}): Promise<void> {
  const { file, ...unpacking } = options;
  try {
    await unpack({ archive: file, owners: null, ...unpacking });
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    if (error.code === 'archive_refused')
      throw refused(error.message, { hint: 'agents would refuse it as well; nothing was published' });
    if (error.code === 'digest_mismatch')
      throw refused(`${file} was changed while it was read`, { hint: 'nothing was published; try again' });
    throw error;
  }
}
