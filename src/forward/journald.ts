import type { ForwardConfiguration } from '../config/index.ts';
import { datagramTarget } from './datagram.ts';
import type { ForwardedLine, Target } from './target.ts';

/** As long as journald lets a line of its own be (LineMax of journald.conf(5)). */
const PIECE_BYTES = 48 * 1024;
/** daemon; many programs write all they say to stderr, so it is a warning and no error. */
const FACILITY = 3;
const PRIORITY = { stdout: 6, stderr: 4 };

/** The journal of systemd, by its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): each line with fields of its own. */
export function journald({ socket }: Extract<ForwardConfiguration, { type: 'journald' }>): Target {
  return datagramTarget({ name: 'journald', path: socket, pieceBytes: PIECE_BYTES, encode: entryOf });
}

/**
 * One entry. The journal's own time is that at which it arrives, for `_SOURCE_REALTIME_TIMESTAMP` is not taken of anybody; that of the line
 * is beside it.
 */
export function entryOf(line: ForwardedLine): Buffer {
  const { app, unit, stream, release, part, at, isExact } = line;
  const fields = {
    PRIORITY: PRIORITY[stream],
    SYSLOG_FACILITY: FACILITY,
    SYSLOG_IDENTIFIER: app,
    SYSLOG_TIMESTAMP: at,
    SLIPWAY_APP: app,
    SLIPWAY_INSTANCE: `${app}/${unit}`,
    SLIPWAY_STREAM: stream,
    ...(release !== null && { SLIPWAY_RELEASE: release }),
    ...(!isExact && { SLIPWAY_EXACT: 'false' }),
    ...(part !== null && { SLIPWAY_PART: part }),
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}=${value}\n`);
  // With its length before it, whatever it holds.
  const text = Buffer.from(line.text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([Buffer.from(`${head.join('')}MESSAGE\n`), length, text, Buffer.from('\n')]);
}
