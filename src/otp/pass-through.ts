// Erlang/OTP documentation, Distribution Protocol, section "Protocol between Connected Nodes": frames without the
// distribution header. Type 112 ("pass through"), a control message, and for some a message, each a whole external term.
import { SlipwayError } from '../kernel/index.ts';
import { fromControl, type Outgoing, type Signal, toControl } from './control.ts';
import { decodeFirst, encodeInto, Output } from './term/index.ts';

const PASS_THROUGH = 112;

/** What is written at once, for many small frames. */
const CHUNK_BYTES = 64 * 1024;
/** The next frame begins a new chunk where there is less room than this. */
const SPARE_BYTES = 4 * 1024;

/** Writes frames, everything behind their lengths. They are parts of chunks, because memory of its own for each costs more than it. */
export class FrameWriter {
  private chunk = newChunk();

  /** @throws SlipwayError `term_malformed` where a term in the signal is none */
  write(signal: Outgoing): Uint8Array {
    const { chunk } = this;
    const start = chunk.length;
    const { control, payload } = toControl(signal);
    chunk.byte(PASS_THROUGH);
    encodeInto(chunk, control);
    if (payload !== undefined) encodeInto(chunk, payload);
    if (chunk.length > CHUNK_BYTES - SPARE_BYTES) this.chunk = newChunk();
    return chunk.bytes.subarray(start, chunk.length);
  }
}

function newChunk(): Output {
  const chunk = new Output();
  chunk.room(CHUNK_BYTES);
  return chunk;
}

/**
 * No node compresses what it sends so: it would be a bomb. What `term_to_binary` compressed comes within a binary. The
 * agent asks for nothing that has so many parts; each may take thirty times as much room as its bytes.
 */
const LIMITS = { maxInflatedBytes: 0, maxContainers: 200_000, maxItems: 1_000_000 };

/** @throws SlipwayError `term_malformed` */
export function readSignal(frame: Uint8Array): Signal {
  if (frame[0] !== PASS_THROUGH) throw malformed(`a frame of the unknown type ${frame[0]}`);
  const { term: control, end } = decodeFirst(frame, 1, LIMITS);
  if (end === frame.length) return fromControl({ control });
  const followed = decodeFirst(frame, end, LIMITS);
  if (followed.end < frame.length)
    throw malformed(`${frame.length - followed.end} bytes follow the message of a frame`);
  return fromControl({ control, payload: followed.term });
}

function malformed(message: string): SlipwayError {
  return new SlipwayError('term_malformed', { message });
}
