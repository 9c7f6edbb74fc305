import { bucketContract } from './contract.ts';
import { S3Bed } from './remote-bed.ts';
import { signedContract } from './signed-contract.ts';

bucketContract('bucket of S3 with a prefix', () => S3Bed.make({ prefix: 'releases/of/' }));
signedContract('bucket of S3', () => S3Bed.make());
