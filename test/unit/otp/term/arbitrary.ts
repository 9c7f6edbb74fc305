import fc from 'fast-check';
import {
  Atom,
  Binary,
  Bitstring,
  ExternalFun,
  Float,
  ImproperList,
  Pid,
  Port,
  Reference,
  type Term,
  TermMap,
  Tuple,
} from '../../../../src/otp/term/index.ts';

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const bytes = fc.uint8Array({ maxLength: 300 });
const atom = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 255 }),
    fc.constantFrom('ok', 'error', 'true', '', 'höfe', '日本', '\0', '\uFEFFx'),
  )
  .map(Atom.of);
const node = fc.constantFrom('a@b', 'demo_app-1@host', 'höfe@日本').map(Atom.of);
const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.integer({ min: -300, max: 300 }),
  fc.bigInt({ min: -(2n ** 2200n), max: 2n ** 2200n }).map(normal),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(normal),
);
const float = fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => new Float(value));
const identifier = fc.oneof(
  fc.tuple(node, word, word, word).map((parts) => new Pid(...parts)),
  fc
    .tuple(node, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), word)
    .map(([of, id, creation]) => new Port(of, normal(id), creation)),
  fc
    .tuple(node, word, fc.array(word, { minLength: 1, maxLength: 5 }))
    .map((parts) => new Reference(...parts)),
);
const bitstring = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 7 }))
  .map(([all, bits]) => new Bitstring(all, bits));
/** Few names: OTP 25 prints others byte by byte in funs, and reserved words unquoted. */
const functionName = fc.constantFrom('lists', 'Elixir.Demo', 'handle call').map(Atom.of);
const externalFun = fc
  .tuple(functionName, functionName, fc.integer({ min: 0, max: 255 }))
  .map((parts) => new ExternalFun(...parts));

/** Any term, but for local funs: only a BEAM makes those. */
export const anyTerm: fc.Arbitrary<Term> = fc.letrec<{ term: Term }>((tie) => {
  const some = fc.array(tie('term'), { maxLength: 12 });
  return {
    term: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      integer,
      atom,
      bytes.map(Binary.of),
      float,
      bitstring,
      identifier,
      externalFun,
      some,
      fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 70 }),
      some.map((elements) => new Tuple(elements)),
      fc.array(fc.tuple(tie('term'), tie('term')), { maxLength: 40 }).map(TermMap.of),
      fc
        .tuple(fc.array(tie('term'), { minLength: 1, maxLength: 4 }), fc.oneof(atom, integer, float))
        .map(([items, tail]) => new ImproperList(items, tail)),
    ),
  };
}).term;

function normal(value: bigint): number | bigint {
  return BigInt.asIntN(54, value) === value && value !== -(2n ** 53n) ? Number(value) : value;
}
