import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, frame, type HeaderBytes } from '../../../src/otp/frame.ts';

const MAX = 1000;
const text = (...bytes: number[]) => Buffer.from(bytes).toString('hex');

/** All frames that come out when these chunks go in one after the other. */
function read(chunks: readonly Uint8Array[], headerBytes: HeaderBytes = 4, maxBytes = MAX): string[] {
  const reader = new FrameReader({ headerBytes, maxBytes });
  return chunks.flatMap((chunk) => {
    reader.push(chunk);
    return all(reader);
  });
}

function all(reader: FrameReader): string[] {
  const frames: string[] = [];
  for (let one = reader.next(); one; one = reader.next()) frames.push(Buffer.from(one).toString('hex'));
  return frames;
}

const joined = (frames: readonly Uint8Array[][]) => Buffer.concat(frames.flat());

describe('frames', () => {
  const payloads = [Buffer.from('first'), Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(300, 7)];
  const expected = payloads.map((payload) => payload.toString('hex'));

  it.each([2, 4] as const)('with a header of %i bytes come whole, split after any byte', (headerBytes) => {
    const stream = joined(payloads.map((payload) => frame([payload], headerBytes)));
    for (let at = 0; at <= stream.length; at++)
      expect(read([stream.subarray(0, at), stream.subarray(at)], headerBytes), `split at ${at}`).toEqual(
        expected,
      );
  });

  it.each([2, 4] as const)('with a header of %i bytes come whole one byte at a time', (headerBytes) => {
    const stream = joined(payloads.map((payload) => frame([payload], headerBytes)));
    const bytes = Array.from(stream, (_, at) => stream.subarray(at, at + 1));
    expect(read(bytes, headerBytes)).toEqual(expected);
  });

  it('come whole however they are cut and merged', () => {
    const cuts = fc.array(fc.nat(400), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 }), cuts, (parts, places) => {
        const stream = joined(parts.map((part) => frame([part], 4)));
        const marks = [0, ...places.map((place) => Math.min(place, stream.length)), stream.length];
        const sorted = marks.toSorted((a, b) => a - b);
        const chunks = sorted.slice(1).map((end, index) => stream.subarray(sorted[index], end));
        expect(read(chunks)).toEqual(parts.map((part) => Buffer.from(part).toString('hex')));
      }),
    );
  });

  it('are views of the chunk where they lie in one', () => {
    const reader = new FrameReader({ headerBytes: 4, maxBytes: MAX });
    const chunk = joined([frame([Buffer.from('whole')], 4)]);
    reader.push(chunk);
    expect(reader.next()?.buffer).toBe(chunk.buffer);
  });

  it('that are empty are ticks', () => {
    expect(read([Buffer.alloc(8)])).toEqual(['', '']);
  });

  it('go from headers of 2 bytes to headers of 4 in the middle of a chunk', () => {
    const reader = new FrameReader({ headerBytes: 2, maxBytes: MAX });
    reader.push(joined([frame([Buffer.of(1)], 2), frame([Buffer.of(2, 3)], 4)]));
    expect(text(...(reader.next() ?? []))).toBe('01');
    reader.headerBytes = 4;
    expect(all(reader)).toEqual(['0203']);
  });

  it('of up to the allowed size are taken, and larger ones are refused at their header', () => {
    expect(read([joined([frame([Buffer.alloc(MAX)], 4)])])).toEqual([Buffer.alloc(MAX).toString('hex')]);
    expect(() => read([Buffer.from('000003e9', 'hex')])).toThrow('1001 bytes was announced');
  });

  it('take no memory for bytes that were announced and did not come', () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 100 }, () => {
      const reader = new FrameReader({ headerBytes: 4, maxBytes: 2 ** 28 });
      reader.push(Buffer.from('0fffffff00', 'hex'));
      expect(reader.next()).toBeNull();
      return reader;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
    expect(readers).toHaveLength(100);
  });

  it('of 64 MB in small chunks are copied once', () => {
    const payload = Buffer.alloc(64 * 1024 ** 2, 1);
    const stream = joined([frame([payload], 4)]);
    const reader = new FrameReader({ headerBytes: 4, maxBytes: 2 ** 27 });
    // Bytes gathered so far, copied anew with each of these 65,536 chunks, would be two terabytes.
    for (let at = 0; at < stream.length; at += 1024) {
      reader.push(stream.subarray(at, at + 1024));
      if (at + 1024 < stream.length) expect(reader.next()).toBeNull();
    }
    expect(reader.next()?.length).toBe(payload.length);
  });

  it('of several parts are sent as one: small ones copied into one piece, large ones as they are', () => {
    expect(frame([Buffer.of(1), Buffer.of(2)], 2)).toEqual([Buffer.of(0, 2, 1, 2)]);
    const large = Buffer.alloc(100_000);
    const [head, ...parts] = frame([Buffer.of(1), large], 4);
    expect(head).toEqual(Buffer.of(0, 1, 0x86, 0xa1));
    expect(parts[1]).toBe(large);
  });

  it('are not sent where their length does not fit the allowed size', () => {
    const part = Buffer.alloc(2 ** 20);
    expect(() => frame(Array(257).fill(part), 4)).toThrow(
      expect.objectContaining({
        code: 'term_malformed',
        message: expect.stringContaining('269484032 bytes'),
      }),
    );
  });
});
