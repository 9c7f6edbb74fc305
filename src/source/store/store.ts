/**
 * Objects under keys, as sources read and publishers write them: a bucket, or what serves as one. Keys are relative to the
 * address that was opened, with `/` between their names, none of which is empty, `.` or `..`.
 *
 * What goes wrong is a SlipwayError: `bucket_unreachable` (the network, or the server is not well: it may be tried again),
 * `bucket_denied`, `bucket_credentials`, `bucket_missing`, `bucket_region`, `clock_skewed`, `bucket_refused`; or the signal's reason.
 */
export interface ObjectStore {
  /** For messages: the address, credentials masked. */
  readonly address: string;
  /** The address of an object, for messages. */
  addressOf(key: string): string;
  /** The command by which a person sees what is there. */
  showCommand(key: string): string;
  /** A small object as a whole; `unchanged` where its tag is `unlessTag` still, which costs next to nothing; null where there is none. */
  get(
    key: string,
    options: { maxBytes: number; unlessTag?: string | null; signal: AbortSignal },
  ): Promise<SmallObject | 'unchanged' | null>;
  stat(key: string, signal: AbortSignal): Promise<ObjectStat | null>;
  /**
   * The bytes from that one on, of exactly the object that has the tag.
   * Errors, while it is read too: `archive_replaced` where the object has another tag by now, or is gone.
   */
  read(
    key: string,
    options: { fromByte: number; tag: string; signal: AbortSignal },
  ): AsyncIterable<Uint8Array>;
  /** Objects whose key begins so; null where the store cannot tell. */
  list(prefix: string, signal: AbortSignal): Promise<ListedObject[] | null>;
}

export interface WritableStore extends ObjectStore {
  /**
   * Writes a small object whole.
   * @param options `ifTag`: only where the object has this tag; null: only where there is none; undefined: whatever is there
   * @throws SlipwayError `publish_conflict` where it is not so
   */
  put(
    key: string,
    bytes: Uint8Array,
    options: { ifTag?: string | null; signal: AbortSignal },
  ): Promise<{ tag: string }>;
  /**
   * Writes a file of any size; nobody sees a part of it. What an attempt that was cut off has sent already is not sent again.
   * @param options `ifTag` as in `put`; `onProgress` is told the bytes that are there, again and again
   * @throws SlipwayError `publish_conflict`
   */
  putFile(key: string, options: PutFileOptions): Promise<void>;
  /** Nothing where there is none. */
  remove(key: string, signal: AbortSignal): Promise<void>;
}

export interface PutFileOptions {
  path: string;
  sizeBytes: number;
  /** Lower-case hex; it is kept beside the object where that is possible. */
  sha256: string;
  ifTag?: string | null;
  onProgress?: (bytesDone: number) => void;
  signal: AbortSignal;
}

export interface SmallObject {
  bytes: Uint8Array;
  /** Differs when the content does. Of one store, never looked into. */
  tag: string;
  /** Milliseconds since the epoch, by the store's clock. */
  modifiedMs: number;
}

export interface ListedObject {
  key: string;
  sizeBytes: number;
  modifiedMs: number;
}

export interface ObjectStat {
  sizeBytes: number;
  tag: string;
  modifiedMs: number;
  /** As its publisher wrote it beside the object; null where that is not known. It proves nothing. */
  sha256: string | null;
}

/** What a `get` that was not put on a condition has found. */
export function bytesOf(found: SmallObject | 'unchanged' | null): Uint8Array | null {
  return found === null || found === 'unchanged' ? null : found.bytes;
}
