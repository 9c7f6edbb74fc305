export type EntryType = 'file' | 'directory' | 'symlink' | 'hardlink';

/** One entry of an archive as its header has it: nothing in it has been checked yet. */
export interface ArchiveEntry {
  path: string;
  type: EntryType;
  /** Bytes of content that follow; 0 for anything but a file. */
  sizeBytes: number;
  /** The rwx bits and whatever else the header has. */
  mode: number;
  /** Seconds since the epoch, or null where the header has none that makes sense. */
  mtimeSeconds: number | null;
  /** Where a link points; '' for files and directories. */
  target: string;
}

/** Takes the entries of an archive in their order: `begin`, the file's content in pieces, `end`. */
export interface EntrySink {
  begin(entry: ArchiveEntry): void;
  write(chunk: Uint8Array): void;
  end(): void;
}

/** Latest time that a tar header can hold in octal (year 2242); beyond it the time is nonsense. */
const MTIME_MAX_SECONDS = 0o77777777777;

export function mtimeOf(seconds: number): number | null {
  return seconds >= 0 && seconds <= MTIME_MAX_SECONDS ? seconds : null;
}
