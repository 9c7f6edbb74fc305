import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openWritableStore } from '../../../../src/source/index.ts';
import { s3Trouble } from '../../../../src/source/store/s3-trouble.ts';
import { s3Server, useCredentials } from '../../../support/s3.ts';
import { temporaryFolder } from '../../../support/temporary.ts';
import { S3Bed } from '../remote-bed.ts';

const signal = new AbortController().signal;
const small = { maxBytes: 1000, signal };

async function troubleOf(url: string, options: { endpoint?: string; profile?: string } = {}) {
  const { endpoint } = await s3Server();
  const read = openWritableStore({ endpoint, ...options, url }).get('a', small);
  return await read.then(
    () => ({ code: 'none' }),
    (error: unknown) => error,
  );
}

test('what is wrong with a bucket is told apart, each with its mend', async () => {
  const bed = await S3Bed.make();
  const credentials = path.join(temporaryFolder(), 'credentials');
  const profile = (name: string, id: string, secret: string) =>
    `[${name}]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;
  fs.writeFileSync(credentials, profile('wrong-secret', 'AK', 'XX') + profile('unknown-key', 'XX', 'SK'));
  process.env.AWS_SHARED_CREDENTIALS_FILE = credentials;

  expect(await troubleOf('s3://nobody-has-this-bucket')).toMatchObject({
    code: 'bucket_missing',
    message: 's3://nobody-has-this-bucket/a: there is no bucket nobody-has-this-bucket',
  });
  expect(await troubleOf(bed.url, { profile: 'wrong-secret' })).toMatchObject({
    code: 'bucket_credentials',
    message: expect.stringContaining('the secret access key is not the right one'),
  });
  expect(await troubleOf(bed.url, { profile: 'unknown-key' })).toMatchObject({
    code: 'bucket_credentials',
    message: expect.stringContaining('knows no such access key'),
    hint: expect.stringContaining('AWS_ACCESS_KEY_ID'),
  });
  expect(await troubleOf(bed.url, { profile: 'no-such-profile' })).toMatchObject({
    code: 'bucket_credentials',
    message: expect.stringContaining('there are no credentials'),
  });
  expect(await troubleOf(bed.url, { endpoint: 'http://127.0.0.1:1' })).toMatchObject({
    code: 'bucket_unreachable',
    message: expect.stringContaining('nothing listens there'),
  });
  expect(await troubleOf(bed.url, { endpoint: 'http://nobody.invalid' })).toMatchObject({
    code: 'bucket_unreachable',
    message: expect.stringMatching(/no such host|cannot be looked up/),
  });
  await bed.put('a', 'x');
  await bed.deny();
  expect(await troubleOf(bed.url)).toMatchObject({
    code: 'bucket_denied',
    message: expect.stringContaining('access is denied (AccessDenied)'),
    hint: expect.stringContaining('s3:GetObject'),
  });
});

test('a host without any credentials is told where they may be', async () => {
  const bed = await S3Bed.make();
  useCredentials({ accessKeyId: '', secretAccessKey: '' });
  // A client of its own: those of others have theirs already.
  expect(await troubleOf(bed.url, { endpoint: `${bed.server.endpoint}/` })).toMatchObject({
    code: 'bucket_credentials',
    hint: expect.stringMatching(/profile:.*role of the instance/),
  });
});

test('a token of Google is not sent without TLS off this host', async () => {
  useCredentials({ accessKeyId: '', secretAccessKey: '' });
  expect(await troubleOf('gs://shop', { endpoint: 'http://storage.example.com' })).toMatchObject({
    code: 'bucket_credentials',
    message: expect.stringContaining('a token would be sent without TLS'),
  });
});

// What Amazon answers, from its documentation: the server here takes any region, and the SDK sets its clock by it.
test.each([
  [
    { name: 'PermanentRedirect', status: 301, headers: { 'x-amz-bucket-region': 'eu-west-1' } },
    { code: 'bucket_region', hint: 'write region: eu-west-1 in the source' },
  ],
  [
    {
      name: 'AuthorizationHeaderMalformed',
      status: 400,
      message: "the region 'us-east-1' is wrong; expecting 'eu-west-1'",
    },
    { code: 'bucket_region', hint: 'write region: eu-west-1 in the source' },
  ],
  [
    { name: '400', status: 400, headers: { 'x-amz-bucket-region': 'eu-west-1' } },
    { code: 'bucket_region', hint: 'write region: eu-west-1 in the source' },
  ],
  [
    { name: 'RequestTimeTooSkewed', status: 403, headers: { date: 'Mon, 30 Nov 2026 12:00:00 GMT' } },
    { code: 'clock_skewed', next: 'timedatectl set-ntp true' },
  ],
  [{ name: 'ExpiredToken', status: 400 }, { code: 'bucket_credentials' }],
  [{ name: 'SlowDown', status: 503 }, { code: 'bucket_unreachable' }],
  [{ name: 'InternalError', status: 500 }, { code: 'bucket_unreachable' }],
  [{ name: 'MethodNotAllowed', status: 405 }, { code: 'bucket_refused' }],
])('%j is told as %j', ({ name, status, message = 'said', headers = {} }: Answer, told) => {
  const error = Object.assign(new Error(message), {
    name,
    $metadata: { httpStatusCode: status },
    $response: { headers },
  });
  expect(s3Trouble(error, { where: 's3://shop/a', bucket: 'shop' })).toMatchObject(told);
});

interface Answer {
  name: string;
  status: number;
  message?: string;
  headers?: Record<string, string>;
}
