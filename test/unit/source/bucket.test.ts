import { expect, test } from 'vitest';
import { systemClock } from '../../../src/kernel/index.ts';
import { bucket } from '../../../src/source/index.ts';
import { Signer, signingBy } from '../../support/signer.ts';
import { archiveKey, LocalBed, offers, record, someArchive } from './bed.ts';

function bucketAt(url: string) {
  return bucket({ url, name: 'demo', environment: 'prod', signing: null, pollMs: 5000, clock: systemClock });
}

test.each([
  ['S3://demo@x', 'S3://demo@x is no bucket: credentials are not written there'],
  ['s3://a', '"a" is no name of a bucket: 3 and more'],
  ['s3://demo/../x', 'its prefix has "." or ".." as a name'],
  ['gs://demo?x=1', 'gs://demo?x=1 is no bucket: not of the form'],
  ['http://example.com/x', 'http://example.com/x would be read without TLS'],
  ['https://example.com/x?y', 'https://example.com/x?y is no bucket: it must end with a path'],
  ['https://', 'https:// is no bucket: not a URL'],
  ['ftp://example.com/x', 'ftp://example.com/x is no bucket: not one of file://, s3://, gs:// and https://'],
  ['srv/releases', 'srv/releases is no bucket: neither an absolute path nor a URL'],
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

test('no credentials are sent without TLS off this host, also where releases are signed', () => {
  const signing = signingBy([new Signer()]);
  const options = { name: 'demo', environment: 'prod', signing, pollMs: 5000, clock: systemClock };
  const reasonOf = (more: { url: string; token?: string }) =>
    bucket({ ...options, ...more }).condition.reason;
  const why = 'would be sent credentials without TLS';
  expect(reasonOf({ url: 'http://example.com/x', token: 'abcdefgh' })).toContain(why);
  expect(reasonOf({ url: 'http://deployer:hunter22@example.com/x' })).toContain(why);
  expect(reasonOf({ url: 'http://example.com/x' })).toContain('was not looked at yet');
  expect(reasonOf({ url: 'http://127.0.0.1/x', token: 'abcdefgh' })).toContain('was not looked at yet');
});

test('a file:// URL is a local bucket', async () => {
  const bed = new LocalBed();
  bed.putOld(archiveKey('1.0.0'), someArchive());
  await bed.publish({ version: '1.0.0' });
  const source = bed.source({ url: `file://${bed.root}/` });
  source.start();
  expect((await offers(source, '1.0.0')).state).toBe('ok');
});
