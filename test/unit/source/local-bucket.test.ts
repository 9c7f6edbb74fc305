import { LocalBed } from './bed.ts';
import { bucketContract } from './contract.ts';

bucketContract('local bucket', async () => new LocalBed());
