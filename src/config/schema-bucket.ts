import * as z from 'zod';
import { bucketUrl, endpoint, profile, region } from './bucket-fields.ts';
import { duration, expected, flag, mapping, userName } from './fields.ts';
import { key } from './schema-key.ts';
import { secret } from './site-fields.ts';

export function bucket() {
  return mapping({
    type: key('bucket: archives and current.json in the layout of DeployEx.', z.literal('bucket')),
    url: key(
      'A directory, or a URL: `s3://`, `gs://`, `https://`, `file://`; `http://` of this host, or where releases are signed.',
      bucketUrl(),
      '/srv/releases/shop',
      's3://shop-prod-distribution',
      'gs://shop-prod-distribution',
      'https://releases.example.com/shop',
    ),
    endpoint: key(
      "For `s3://` and `gs://`: a server that is not Amazon's or Google's.",
      endpoint().nullable().prefault(null),
      'https://minio.example.com:9000',
    ),
    region: key(
      "For `s3://`: the bucket's region. Default: that of the environment or the profile; with an endpoint, us-east-1.",
      region().nullable().prefault(null),
      'eu-west-1',
    ),
    path_style: key(
      "For `s3://`: the bucket's name stands in the path, not in the host's name. null: where there is an endpoint.",
      flag().nullable().prefault(null),
    ),
    profile: key(
      "For `s3://` and `gs://`: a profile of ~/.aws whose credentials are used; null: what the SDK's default chain finds.",
      profile().nullable().prefault(null),
      'releases',
    ),
    token: key(
      'For `https://`: sent as a bearer token, or with `username` as its password; text, or `{ file: path }` of a file that holds it.',
      secret(1).nullable().prefault(null),
      { file: '/etc/slipway/releases.token' },
    ),
    username: key(
      'For `https://`: sent with the token (basic authentication).',
      z
        .string(expected('a name without a colon'))
        .regex(/^[^\0\n\r:]{1,200}$/, expected('a name without a colon'))
        .nullable()
        .prefault(null),
      'deployer',
    ),
    owner: key(
      'Whom a directory of this host belongs to, where that is neither root nor `user`.',
      userName().nullable().prefault(null),
      'publisher',
    ),
    poll: key(
      'How often to look where no event of the file system tells; 100ms at least.',
      duration(100).prefault('5s'),
    ),
  });
}
