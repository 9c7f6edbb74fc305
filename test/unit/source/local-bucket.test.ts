import { LocalBed } from './bed.ts';
import { bucketContract } from './contract.ts';
import { signedContract } from './signed-contract.ts';

bucketContract('local bucket', async () => new LocalBed());
signedContract('local bucket', async () => {
  const bed = new LocalBed();
  return {
    source: (signing) => bed.source({ signing }),
    // What is there for a long time is told at once, and not when its signature had time to come.
    put: async (key, content) => bed.putOld(key, content),
    remove: (key) => bed.remove(key),
  };
});
