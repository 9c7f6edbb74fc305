export type ArchiveFormat = 'gzip' | 'zstd' | 'zip' | 'tar';

/** How many bytes `formatOf` looks at. */
export const MAGIC_BYTES = 4;

/** The first bytes tell the format, not the name. What is no other must be a tar: its first header tells. */
export function formatOf(head: Buffer): ArchiveFormat {
  const hex = head.toString('hex');
  if (hex.startsWith('1f8b')) return 'gzip';
  if (hex.startsWith('28b52ffd')) return 'zstd';
  // The second is a zip file without entries.
  if (hex.startsWith('504b0304') || hex.startsWith('504b0506')) return 'zip';
  return 'tar';
}
