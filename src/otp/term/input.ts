import { malformed } from './malformed.ts';
import type { Term } from './term.ts';

/** Far more than a term has, far fewer than a flood. */
const MAX_NEW_NAMES = 65_536;

/** How large a term may become that is small as bytes. */
export interface InputLimits {
  /** How deep terms may lie within terms; a list counts one, however long it is. Default: 1,000. */
  maxDepth?: number;
  /** Lists, tuples and maps that are not empty: each takes some 80 bytes, and may come in three. Default: 8 million. */
  maxContainers?: number;
  /** Items of lists, tuples and maps, of which each takes 8 bytes at least, and may come in one. Default: as many as there are bytes. */
  maxItems?: number;
}

const MAX_DEPTH = 1_000;
const MAX_CONTAINERS = 8_000_000;

/** Bytes that are read from `at` on. Every length that they claim is held against what is there before it is believed. */
export class Input {
  declare readonly bytes: Buffer;
  declare readonly maxDepth: number;
  declare at: number;
  declare depth: number;
  declare readonly maxContainers: number;
  declare containers: number;
  declare readonly maxItems: number;
  declare items: number;
  declare newNames: number;
  /** The keys of the last map of each size. */
  declare keysOf: (readonly Term[] | undefined)[];

  constructor(bytes: Buffer, at: number, limits: InputLimits) {
    this.bytes = bytes;
    this.maxDepth = limits.maxDepth ?? MAX_DEPTH;
    this.maxContainers = limits.maxContainers ?? MAX_CONTAINERS;
    this.maxItems = limits.maxItems ?? Number.POSITIVE_INFINITY;
    this.items = 0;
    this.at = at;
    this.depth = 0;
    this.containers = 0;
    this.newNames = 0;
    this.keysOf = [];
  }

  /** So many bytes must follow. */
  need(sizeBytes: number): void {
    if (this.bytes.length - this.at < sizeBytes) throw this.#tooShort(sizeBytes);
  }

  /** Passes so many bytes; the result is where they begin. */
  skip(sizeBytes: number): number {
    this.need(sizeBytes);
    const { at } = this;
    this.at = at + sizeBytes;
    return at;
  }

  uint8(): number {
    this.need(1);
    return this.bytes[this.at++] as number;
  }

  uint16(): number {
    const at = this.skip(2);
    return ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number);
  }

  int32(): number {
    const at = this.skip(4);
    const { bytes } = this;
    return (
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)
    );
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  /** Begins a term within a term; `depth` is to be taken down again after it. */
  enter(): void {
    if (++this.depth > this.maxDepth)
      throw malformed(`terms nested more than ${this.maxDepth} deep`, this.at);
    if (++this.containers > this.maxContainers)
      throw malformed(`more than ${this.maxContainers} lists, tuples and maps`, this.at);
  }

  /** So many items of a list, tuple or map come next. */
  countItems(count: number): void {
    this.items += count;
    if (this.items > this.maxItems)
      throw malformed(`more than ${this.maxItems} items in lists, tuples and maps`, this.at);
  }

  /** An atom whose name was not met before, or not lately: one of those is 50 times as large as its bytes. */
  countName(): void {
    if (++this.newNames > MAX_NEW_NAMES) throw malformed(`more than ${MAX_NEW_NAMES} new atoms`, this.at);
  }

  #tooShort(sizeBytes: number): Error {
    const there = this.bytes.length - this.at;
    return malformed(`${sizeBytes} bytes must follow, and ${there} do`, this.at);
  }
}
