import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlipwayError } from '../../../../src/kernel/index.ts';
import {
  decode,
  decodeFirst,
  encode,
  encodeInto,
  equals,
  Output,
  type Term,
  TermMap,
} from '../../../../src/otp/term/index.ts';
import { anyTerm } from './arbitrary.ts';

test('any term is the same after encoding and decoding, and so are its bytes', () => {
  fc.assert(
    fc.property(anyTerm, (term) => {
      const bytes = encode(term);
      const decoded = decode(bytes);
      expect(equals(decoded, term)).toBe(true);
      expect(Buffer.from(encode(decoded)).equals(bytes)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('the order of its keys is nothing to a map, also to one that is a key itself', () => {
  const pairs = fc.uniqueArray(fc.tuple(anyTerm, anyTerm), {
    minLength: 1,
    maxLength: 40,
    comparator: ([a], [b]) => equals(a, b),
  });
  fc.assert(
    fc.property(pairs, (some) => {
      const map = TermMap.of(some);
      const turned = TermMap.of(some.toReversed());
      expect(equals(map, turned)).toBe(true);
      expect(TermMap.of([[[map], 1]]).get([turned])).toBe(1);
      const [[key, value], ...others] = some as [[Term, Term], ...[Term, Term][]];
      expect(equals(map, TermMap.of(others))).toBe(false);
      expect(equals(map, TermMap.of([[key, [value]], ...others]))).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test('no prefix of a term is a term', () => {
  fc.assert(
    fc.property(anyTerm, (term) => {
      const bytes = encode(term);
      for (let length = 0; length < bytes.length; length++)
        expect(() => decode(bytes.subarray(0, length)), `${length} of ${bytes.length} bytes`).toThrow(
          SlipwayError,
        );
    }),
    { numRuns: 60 },
  );
});

test('terms that follow each other in one buffer are found one after the other', () => {
  fc.assert(
    fc.property(fc.array(anyTerm, { maxLength: 4 }), (terms) => {
      const output = new Output();
      output.byte(112);
      for (const term of terms) encodeInto(output, term);
      const bytes = output.take();
      let at = 1;
      for (const term of terms) {
        const found = decodeFirst(bytes, at);
        expect(equals(found.term, term)).toBe(true);
        at = found.end;
      }
      expect(at).toBe(bytes.length);
    }),
    { numRuns: 100 },
  );
});

test('bytes at random are a term or malformed, and a term that they are can be written again', () => {
  const tags = fc.constantFrom(70, 77, 80, 88, 89, 90, 97, 98, 99, 100, 104, 105, 106, 107, 108, 109, 110);
  const more = fc.constantFrom(101, 102, 103, 111, 112, 113, 114, 115, 116, 118, 119, 120, 121);
  const byte = fc.oneof(tags, more, fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 200 }), (bytes) => {
      const term = decodeOrNull(Uint8Array.from([131, ...bytes]));
      if (term !== null) expect(equals(decode(encode(term)), term)).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});

test('a term with one byte changed is a term or malformed', () => {
  fc.assert(
    fc.property(anyTerm, fc.nat(), fc.integer({ min: 0, max: 255 }), (term, place, value) => {
      const bytes = Uint8Array.from(encode(term));
      bytes[place % bytes.length] = value;
      const decoded = decodeOrNull(bytes);
      if (decoded !== null) encode(decoded);
    }),
    { numRuns: 2_000 },
  );
});

test('a map finds each of its keys, however the key was made', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyTerm, fc.integer()), { maxLength: 50 }), (pairs) => {
      const map = TermMap.of(pairs);
      const decoded = decode(encode(map)) as TermMap;
      expect(decoded.size).toBe(map.size);
      for (const [key] of pairs) {
        const last = pairs.findLast(([other]) => equals(other, key));
        expect(decoded.get(decode(encode(key)))).toBe(last?.[1]);
      }
    }),
    { numRuns: 200 },
  );
});

function decodeOrNull(bytes: Uint8Array): Term | null {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'term_malformed') return null;
    throw error;
  }
}
