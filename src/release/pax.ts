import { Refusal } from './refusal.ts';

/** What extended headers say about the next entry. */
export interface Overrides {
  path?: string;
  target?: string;
  sizeBytes?: number;
  mtimeSeconds?: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of an archive that must be UTF-8: a name in another encoding would come out as another name. */
export function strictText(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Refusal(`${what} is not UTF-8: ${Buffer.from(bytes.subarray(0, 100)).toString('latin1')}`);
  }
}

/**
 * The records of a pax extended header, `<length> <key>=<value>\n` each (POSIX.1-2017, pax, "pax Extended Header"). Cut
 * by their length and not by lines: a value may hold newlines.
 */
export function parsePax(bytes: Buffer): Overrides {
  const overrides: Overrides = {};
  let position = 0;
  while (position < bytes.length) {
    const space = bytes.indexOf(0x20, position);
    const digits = space < 0 ? '' : bytes.toString('latin1', position, space);
    const end = position + Number(digits);
    const equals = bytes.indexOf(0x3d, space);
    if (
      !/^[1-9]\d{0,9}$/.test(digits) ||
      end > bytes.length ||
      bytes[end - 1] !== 0x0a ||
      equals < 0 ||
      equals >= end
    )
      throw new Refusal('it holds a broken pax header');
    take(overrides, bytes.toString('latin1', space + 1, equals), bytes.subarray(equals + 1, end - 1));
    position = end;
  }
  return overrides;
}

function take(overrides: Overrides, key: string, value: Buffer): void {
  if (key.startsWith('GNU.sparse.')) throw new Refusal('it holds a sparse file; pack it without --sparse');
  if (value.length === 0) return;
  if (key === 'path') overrides.path = strictText(value, 'a path in a pax header');
  else if (key === 'linkpath') overrides.target = strictText(value, 'a link target in a pax header');
  else if (key === 'mtime') overrides.mtimeSeconds = Number(value.toString('latin1'));
  else if (key === 'size') {
    const size = Number(value.toString('latin1'));
    if (!/^\d+$/.test(value.toString('latin1')) || !Number.isSafeInteger(size))
      throw new Refusal('it holds a pax header with a size that is none');
    overrides.sizeBytes = size;
  }
}
