import * as z from 'zod';
import { isLoopback } from '../kernel/index.ts';
import { absolutePath, duration, expected, mapping, refuse } from './fields.ts';
import { key } from './schema-key.ts';

/** Where `{ secret: name }` is looked for. */
export function secrets() {
  return z.discriminatedUnion(
    'type',
    [aws(), gcp(), files(), systemd(), environment()],
    expected('a mapping'),
  );
}

function aws() {
  return mapping({
    type: key('aws: AWS Secrets Manager.', z.literal('aws')),
    region: key(
      'Default: AWS_REGION, or that of the profile.',
      word().nullable().prefault(null),
      'eu-west-1',
    ),
    profile: key(
      "Of the shared files of AWS; null: the SDK's default chain.",
      word().nullable().prefault(null),
      'production',
    ),
    endpoint: endpoint(),
    prefix: prefix(),
    refresh: refresh(),
  });
}

function gcp() {
  return mapping({
    type: key('gcp: GCP Secret Manager.', z.literal('gcp')),
    project: key('Default: that of the credentials.', word().nullable().prefault(null), 'shop-production'),
    endpoint: endpoint(),
    prefix: prefix(),
    refresh: refresh(),
  });
}

function files() {
  return mapping({
    type: key('file: a file for each secret.', z.literal('file')),
    directory: key('The files in it are 0600.', absolutePath(), '/etc/slipway/secrets'),
    refresh: refresh(),
  });
}

function systemd() {
  return mapping({
    type: key("systemd: credentials of the agent's unit.", z.literal('systemd')),
    refresh: refresh(),
  });
}

function environment() {
  return mapping({
    type: key("env: variables of the agent's own environment.", z.literal('env')),
    prefix: prefix(),
    refresh: refresh(),
  });
}

function prefix() {
  const error = expected('text of letters, digits and / _ + = . @ : -');
  return key(
    'Put before each name.',
    z
      .string(error)
      .regex(/^[A-Za-z0-9/_+=.@:-]{0,256}$/, error)
      .prefault(''),
    'production/',
  );
}

function refresh() {
  return key(
    'How often they are read anew; null: at the start, on SIGHUP and `slipway config apply`.',
    duration(10_000).nullable().prefault(null),
    '15m',
  );
}

function endpoint() {
  const what = 'an address such as https://secrets.example.com, without a path';
  const type = z.string(expected(what)).transform((written, context) => {
    const url = /^https?:\/\/[^\s/?#@\\]+\/?$/i.test(written) ? URL.parse(written) : null;
    if (url === null) return refuse(context, `must be ${what}`);
    if (url.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[|\]$/g, '')))
      return refuse(context, 'must begin with https://', 'over http:// secrets would be read on the way');
    return url.origin;
  });
  return key('In place of the service itself.', type.nullable().prefault(null));
}

function word() {
  const error = expected('a word without blanks');
  return z.string(error).regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/, error);
}
