import type { ShownLine } from './shown-line.ts';

/** The last rows, bounded by number and by size. While a reader looks at old ones, twice as many may be kept. */
export class LogRing {
  private rows: ShownLine[] = [];
  private first = 0;
  private bytes = 0;
  /** When the last line was written whose time is known; after all where none is. */
  private latest = Number.POSITIVE_INFINITY;
  private readonly maxRows: number;
  private readonly maxBytes: number;
  /** How many rows were given up at the front since the beginning, less those that were put there. */
  dropped = 0;
  /** The cursor of the page of the log that ends ahead of the first row; null where there is none, or nobody knows. */
  before: string | null = null;

  constructor({ maxRows, maxBytes }: { maxRows: number; maxBytes: number }) {
    this.maxRows = maxRows;
    this.maxBytes = maxBytes;
  }

  get length(): number {
    return this.rows.length - this.first;
  }

  get sizeBytes(): number {
    return this.bytes;
  }

  /** Whether rows can be put in front, and stay. */
  get hasRoom(): boolean {
    return this.length < this.maxRows * 2 && this.bytes < this.maxBytes * 2;
  }

  at(index: number): ShownLine | undefined {
    return this.rows[this.first + index];
  }

  slice(from: number, to: number): ShownLine[] {
    return this.rows.slice(this.first + Math.max(0, from), this.first + Math.min(this.length, to));
  }

  /** `roomFor`: how many times as many rows may be kept for now. */
  add(rows: readonly ShownLine[], roomFor = 1): void {
    for (const row of rows) {
      if (row.kind !== 'marker') this.latest = row.at ?? this.latest;
      this.rows.splice(row.kind === 'marker' ? this.rows.length : this.beforeLaterMarkers(), 0, row);
      this.bytes += sizeOf(row);
    }
    this.trim(roomFor);
  }

  /** What was written ahead of the first row; `before`: the cursor of what was written ahead of that. */
  addInFront(rows: readonly ShownLine[], before: string | null): void {
    // Markers that stand ahead of the first line may belong between what comes.
    const firstLine = this.rows.findIndex(({ kind }, index) => index >= this.first && kind !== 'marker');
    const from = firstLine === -1 ? this.rows.length : firstLine;
    const markers = this.rows.slice(this.first, from);
    this.rows = [...rows, ...this.rows.slice(from)];
    this.first = 0;
    this.dropped -= rows.length;
    for (const row of rows) this.bytes += sizeOf(row);
    for (const marker of markers) {
      this.bytes -= sizeOf(marker);
      this.insert(marker);
    }
    this.before = before;
    this.trim(2);
  }

  private trim(roomFor: number): void {
    while (
      this.length > 1 &&
      (this.length > this.maxRows * roomFor || this.bytes > this.maxBytes * roomFor)
    ) {
      const row = this.rows[this.first] as ShownLine;
      this.bytes -= sizeOf(row);
      this.before = row.resume ?? this.before;
      this.first += 1;
      this.dropped += 1;
    }
    // An array that is cut at its front with every row would be copied with every row.
    if (this.first > 4096 && this.first > this.rows.length / 2) {
      this.rows = this.rows.slice(this.first);
      this.first = 0;
    }
  }

  /** Puts a row where it belongs by its time; rows without one stay beside those that they came with. */
  insert(row: ShownLine): void {
    let at = this.rows.length;
    while (at > this.first && isLater(this.rows[at - 1], row)) at -= 1;
    // Rows after which there is no time known belong to those before them.
    while (at < this.rows.length && this.rows[at]?.at === null) at += 1;
    this.rows.splice(at, 0, row);
    this.bytes += sizeOf(row);
  }

  /** Markers may be there before the lines that were written before them. */
  private beforeLaterMarkers(): number {
    let at = this.rows.length;
    while (at > this.first) {
      const row = this.rows[at - 1];
      if (row?.kind !== 'marker' || (row.at ?? 0) <= this.latest) break;
      at -= 1;
    }
    return at;
  }

  findIndex(fits: (row: ShownLine) => boolean): number {
    const found = this.rows.findIndex((row, index) => index >= this.first && fits(row));
    return found === -1 ? -1 : found - this.first;
  }

  clear(): void {
    this.before = this.rows.findLast(({ resume }) => resume !== null)?.resume ?? this.before;
    this.dropped += this.length;
    this.rows = [];
    this.first = 0;
    this.bytes = 0;
  }

  [Symbol.iterator](): IterableIterator<ShownLine> {
    return this.rows.slice(this.first).values();
  }
}

function isLater(row: ShownLine | undefined, than: ShownLine): boolean {
  return row !== undefined && (row.at === null || (than.at !== null && row.at > than.at));
}

/** A string of a browser takes two bytes a character, and its row some more. */
function sizeOf({ text, resume }: ShownLine): number {
  return (text.length + (resume?.length ?? 0)) * 2 + 120;
}
