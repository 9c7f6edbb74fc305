import type { LogLine } from '../../api/index.ts';
import { localTime } from '../../wording/index.ts';
import type { Channel, Colors } from '../output/index.ts';

const COLOURS_END = '\x1b[0m';

/** Lines for a person: what a terminal obeys is written out, but for colours; each piece of a long line is one. */
export class ShownLines {
  private readonly channel: Channel;

  constructor(channel: Channel) {
    this.channel = channel;
  }

  print({ line, part }: LogLine, prefix: string): void {
    const text = line.includes('\x1b') ? `${line}${COLOURS_END}` : line;
    const before = part === 'middle' || part === 'last' ? '... ' : '';
    const after = part === 'first' || part === 'middle' ? ' ... (the line goes on)' : '';
    this.channel.write(`${prefix}${before}${text}${after}\n`);
  }
}

/** Lines for a file or a program: byte by byte what the app wrote, the pieces of a line joined again. */
export class RawLines {
  private readonly channel: Channel;
  /** The source whose line has not ended yet. */
  private open: string | null = null;

  constructor(channel: Channel) {
    this.channel = channel;
  }

  print({ instance, stream, line, part }: LogLine, prefix: string): void {
    const whose = `${instance} ${stream}`;
    const isJoined = this.open === whose && (part === 'middle' || part === 'last');
    const isOver = part === undefined || part === 'last';
    const end = this.open !== null && !isJoined ? '\n' : '';
    this.channel.raw(`${end}${isJoined ? '' : prefix}${line}${isOver ? '\n' : ''}`);
    this.open = isOver ? null : whose;
  }
}

/** When it was written, in the zone of the reader; `~` where it was then at the latest. */
export function timeOf({ at, exact }: LogLine, colors: Colors): string {
  return colors.dim(`${exact === false ? '~' : ' '}${localTime(at)} `);
}

/** Instances are told apart by their colour. */
export function prefixOf(instance: string | null, colors: Colors): string {
  if (instance === null) return '';
  const wheel = [colors.cyan, colors.magenta, colors.yellow, colors.blue, colors.green];
  const number = Number(instance.slice(instance.lastIndexOf('/') + 1)) || 0;
  const color = wheel[number % wheel.length] ?? colors.cyan;
  return `${color(instance)} `;
}
