/** Server-sent events: the text form of a stream of values (WHATWG HTML, section 9.2). */

export interface SseEvent {
  event: string;
  id: string | null;
  data: string;
}

/** One event. `data` is JSON and so has no line break in it. */
export function encodeEvent({ event, id, data }: SseEvent): string {
  return `event: ${event}\n${id === null ? '' : `id: ${id}\n`}data: ${data}\n\n`;
}

/** A comment keeps connections alive that go through a proxy. */
export const HEARTBEAT = ':\n\n';

/** Takes text in pieces of any size, and gives the events that are complete. */
export class SseDecoder {
  private pending = '';

  /** Of an event that is not complete yet. */
  get pendingCharacters(): number {
    return this.pending.length;
  }

  feed(text: string): SseEvent[] {
    const blocks = (this.pending + text).split('\n\n');
    this.pending = blocks.pop() ?? '';
    return blocks.map(parseBlock).filter((event) => event !== null);
  }
}

function parseBlock(block: string): SseEvent | null {
  let event = 'message';
  let id: string | null = null;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).replace(/^ /, '');
    if (line.startsWith('event:')) event = value;
    else if (line.startsWith('id:')) id = value;
    else if (line.startsWith('data:')) data.push(value);
  }
  return data.length === 0 ? null : { event, id, data: data.join('\n') };
}
