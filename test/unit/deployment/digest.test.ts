import { expect, test } from 'vitest';
import { digestOf } from '../../../src/deployment/index.ts';
import { archiveOffer, type FetchedArchive } from '../../../src/source/index.ts';

const [one, two] = ['1'.repeat(64), '2'.repeat(64)];
const path = '/tmp/demo-1.0.0.tar.gz';
const fetched: FetchedArchive = {
  ...{ kind: 'archive', path, owners: [], sizeBytes: 1, sha256: null, temporary: false },
};

test('what is unpacked has the digest that was signed, and that which was offered', () => {
  const offer = archiveOffer('1.0.0');
  expect(digestOf(offer, fetched)).toEqual({});
  expect(digestOf({ ...offer, sha256: one }, fetched)).toEqual({ sha256: one });
  expect(digestOf(offer, { ...fetched, sha256: one })).toEqual({ sha256: one });
  expect(digestOf({ ...offer, sha256: one }, { ...fetched, sha256: one })).toEqual({ sha256: one });
  // Offered when nothing need be signed: the file may be exchanged for that one after its signature was checked.
  expect(() => digestOf({ ...offer, sha256: two }, { ...fetched, sha256: one })).toThrow(
    'demo-1.0.0.tar.gz is signed, and is not what was offered',
  );
});
