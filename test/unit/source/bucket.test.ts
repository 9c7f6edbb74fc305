import { expect, test } from 'vitest';
import { systemClock } from '../../../src/kernel/index.ts';
import { bucket } from '../../../src/source/index.ts';
import { archiveKey, LocalBed, offers, record, someArchive } from './bed.ts';

function bucketAt(url: string) {
  return bucket({ url, name: 'demo', environment: 'prod', signing: null, pollMs: 5000, clock: systemClock });
}

test.each([
  [
    's3://demo-prod-distribution',
    's3:// buckets are not supported by this version: s3://demo-prod-distribution',
  ],
  ['gs://demo', 'gs:// buckets are not supported by this version'],
  ['S3://demo', 's3:// buckets are not supported'],
  ['https://example.com/x', 'https://example.com/x is no bucket'],
  ['srv/releases', 'srv/releases is no bucket: neither an absolute path nor a file:// URL'],
  ['', 'is no bucket'],
  ['file://elsewhere/srv', 'file://elsewhere/srv is no bucket'],
])('a bucket at %j is an error in words, and does no more', async (url, reason) => {
  const source = bucketAt(url);
  const told = record(source);
  source.start();
  expect(told).toEqual([source.condition]);
  expect(await source.look()).toMatchObject({
    state: 'error',
    offer: null,
    reason: expect.stringContaining(reason),
  });
  await expect(
    source.fetch({ version: '1.0.0', cacheDirectory: '/nonexistent', signal: new AbortController().signal }),
  ).rejects.toMatchObject({ code: 'config_invalid', message: expect.stringContaining(reason) });
  expect(await source.versions()).toEqual([]);
  source.stop();
});

test('a password in the address of a bucket is not shown', () => {
  expect(bucketAt('s3://key:hunter22@demo').condition.reason).not.toContain('hunter22');
});

test('a file:// URL is a local bucket', async () => {
  const bed = new LocalBed();
  bed.putOld(archiveKey('1.0.0'), someArchive());
  await bed.publish({ version: '1.0.0' });
  const source = bed.source({ url: `file://${bed.root}/` });
  source.start();
  expect((await offers(source, '1.0.0')).state).toBe('ok');
});
