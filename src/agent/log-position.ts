import type { LogLine, LogSource } from '../supervisor/index.ts';

/** Of so many sources each line's position says of all of them how far they were read. */
const MOST_NAMED = 40;
/** With what else a request has, of the 16 KB that Node reads of its head. */
const LONGEST_CURSOR = 8000;

/**
 * How far the sources of a reading were read: `1o:4096,1e:0`, for each its unit, `o` or `e` for its stream, and an absolute
 * offset. Of very many sources those are left out of which nothing was read; they go on where the first reading began.
 */
export class LogPosition {
  private readonly given: readonly LogSource[];
  /** By name, in the order of the sources. */
  private readonly reached = new Map<string, number>();
  private readonly begun: Map<string, number>;

  constructor(sources: readonly LogSource[], after: string | null) {
    this.given = sources;
    this.begun = new Map((after ?? '').split(',').flatMap(pairOf));
  }

  /** With where each is gone on with. */
  sources(): LogSource[] {
    return this.given.map((source) => {
      const after = this.begun.get(nameOf(source));
      return after === undefined ? source : { ...source, after };
    });
  }

  begin(begins: readonly { source: LogSource; from: number }[]): void {
    for (const { source, from } of begins)
      if (this.given.length <= MOST_NAMED || this.begun.has(nameOf(source)))
        this.reached.set(nameOf(source), from);
  }

  /** The position once that line was had. */
  after(line: Pick<LogLine, 'instance' | 'stream' | 'end'>): string {
    this.reached.set(nameOf(line), line.end);
    let text = '';
    for (const [name, offset] of this.reached) text += `${text === '' ? '' : ','}${name}:${offset}`;
    return text;
  }
}

/** Where lines begin, in the same words: `before` of the page with older ones; null where that is too long for an address. */
export function cursorOf(begins: readonly { source: LogSource; from: number }[]): string | null {
  const text = begins.map(({ source, from }) => `${nameOf(source)}:${from}`).join(',');
  return text.length > LONGEST_CURSOR ? null : text;
}

/** Those that a cursor names, up to where it says. */
export function endedBy(cursor: string, sources: readonly LogSource[]): LogSource[] {
  const ends = new Map(cursor.split(',').flatMap(pairOf));
  return sources.flatMap((source) => {
    const until = ends.get(nameOf(source));
    return until === undefined ? [] : [{ ...source, until }];
  });
}

function nameOf({ instance, stream }: Pick<LogLine, 'instance' | 'stream'>): string {
  return `${instance.slice(instance.lastIndexOf('/') + 1)}${stream === 'stdout' ? 'o' : 'e'}`;
}

function pairOf(text: string): [string, number][] {
  const [, name, offset] = /^([a-z0-9_.-]{1,130}):(\d{1,15})$/.exec(text) ?? [];
  return name === undefined ? [] : [[name, Number(offset)]];
}
