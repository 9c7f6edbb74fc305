import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openWritableStore } from '../../../../src/source/index.ts';
import { nextCommands } from '../../../../src/source/store/next-commands.ts';
import { s3Trouble } from '../../../../src/source/store/s3-trouble.ts';
import { s3Server, useCredentials } from '../../../support/s3.ts';
import { temporaryFolder } from '../../../support/temporary.ts';
import { S3Bed } from '../remote-bed.ts';

/** Each says what was left as it was, and the next command. */
const MENDED = {
  hint: expect.stringMatching(/nothing was (changed|sent)$/),
  next: expect.stringMatching(/^(aws|curl|gcloud|slipway|systemctl|timedatectl) /),
};
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
    ...MENDED,
    code: 'bucket_missing',
    message: 's3://nobody-has-this-bucket/a: there is no bucket nobody-has-this-bucket',
  });
  expect(await troubleOf(bed.url, { profile: 'wrong-secret' })).toMatchObject({
    ...MENDED,
    code: 'bucket_credentials',
    message: expect.stringContaining('the secret access key is not the right one'),
  });
  expect(await troubleOf(bed.url, { profile: 'unknown-key' })).toMatchObject({
    ...MENDED,
    code: 'bucket_credentials',
    message: expect.stringContaining('knows no such access key'),
    hint: expect.stringContaining('AWS_ACCESS_KEY_ID'),
  });
  expect(await troubleOf(bed.url, { profile: 'no-such-profile' })).toMatchObject({
    ...MENDED,
    code: 'bucket_credentials',
    message: expect.stringContaining('there are no credentials'),
  });
  expect(await troubleOf(bed.url, { endpoint: 'http://127.0.0.1:1' })).toMatchObject({
    ...MENDED,
    code: 'bucket_unreachable',
    message: expect.stringContaining('nothing listens there'),
  });
  expect(await troubleOf(bed.url, { endpoint: 'http://nobody.invalid' })).toMatchObject({
    ...MENDED,
    code: 'bucket_unreachable',
    message: expect.stringMatching(/no such host|cannot be looked up/),
  });
  await bed.put('a', 'x');
  await bed.deny();
  expect(await troubleOf(bed.url)).toMatchObject({
    ...MENDED,
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
    ...MENDED,
    code: 'bucket_credentials',
    hint: expect.stringMatching(/profile:.*role of the instance/),
  });
});

test('a token of Google is not sent without TLS off this host', async () => {
  useCredentials({ accessKeyId: '', secretAccessKey: '' });
  expect(await troubleOf('gs://shop', { endpoint: 'http://storage.example.com' })).toMatchObject({
    ...MENDED,
    code: 'bucket_credentials',
    message: expect.stringContaining('a token would be sent without TLS'),
  });
});

// What Amazon answers, from its documentation: the server here takes any region, and the SDK sets its clock by it.
test.each([
  [
    { name: 'PermanentRedirect', status: 301, headers: { 'x-amz-bucket-region': 'eu-west-1' } },
    { code: 'bucket_region', hint: 'write region: eu-west-1 in the source; nothing was changed' },
  ],
  [
    {
      name: 'AuthorizationHeaderMalformed',
      status: 400,
      message: "the region 'us-east-1' is wrong; expecting 'eu-west-1'",
    },
    { code: 'bucket_region', hint: 'write region: eu-west-1 in the source; nothing was changed' },
  ],
  [
    { name: '400', status: 400, headers: { 'x-amz-bucket-region': 'eu-west-1' } },
    { code: 'bucket_region', hint: 'write region: eu-west-1 in the source; nothing was changed' },
  ],
  [
    { name: 'InvalidAccessKeyId', status: 403 },
    { code: 'bucket_credentials', next: 'systemctl edit slipway' },
  ],
  [
    { name: 'NoSuchBucket', status: 404 },
    { code: 'bucket_missing', next: 'aws s3 ls' },
  ],
  [
    { name: 'AccessDenied', status: 403 },
    { code: 'bucket_denied', next: 'aws s3api get-bucket-policy --bucket shop' },
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
  const next = nextCommands(place);
  const trouble = s3Trouble(error, { where: 's3://shop/a', bucket: 'shop', next });
  expect(trouble).toMatchObject({ ...MENDED, ...told });
});

test('the next command is for who reads the bucket, or publishes to it, and for its server', () => {
  expect(nextCommands(place).region('eu-west-1')).toBe('slipway config apply');
  expect(nextCommands({ ...place, by: 'publisher' }).region('eu-west-1')).toBe(
    'slipway publish --region eu-west-1 ...',
  );
  const own = nextCommands({ ...place, endpoint: 'https://minio.example.com', profile: 'releases' });
  expect(own.policy).toBe(
    'aws s3api get-bucket-policy --bucket shop --endpoint-url https://minio.example.com --profile releases',
  );
  expect(own.server).toBe('curl -sSI https://minio.example.com');
  expect(nextCommands({ ...place, scheme: 'gs', by: 'publisher' }).credentials).toBe(
    'gcloud auth application-default login',
  );
});

const place = { scheme: 's3', bucket: 'shop', endpoint: null, profile: null, by: 'agent' } as const;

interface Answer {
  name: string;
  status: number;
  message?: string;
  headers?: Record<string, string>;
}
