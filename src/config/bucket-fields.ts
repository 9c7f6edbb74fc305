import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { expected, refuse } from './fields.ts';

const WHAT =
  'a directory (/srv/releases/shop, file:///srv/releases/shop), s3://bucket/prefix, gs://bucket/prefix or https://host/path';

export function bucketUrl() {
  return z.string(expected(WHAT)).transform((written, context) => {
    if (/^\/[^\0\n]*$/.test(written)) return path.resolve(written);
    if (isBucket(written) || isWebServer(written)) return written.replace(/\/+$/, '');
    try {
      if (written.startsWith('file:///')) return path.resolve(fileURLToPath(written));
    } catch {
      // An encoded slash or a broken escape: no path of this machine.
    }
    return refuse(context, `must be ${WHAT}`);
  });
}

/** Of a server that takes the place of Amazon's or Google's. */
export function endpoint() {
  const what = 'the address of a server, such as https://minio.example.com:9000';
  return z.string(expected(what)).transform((written, context) => {
    const url = /^https?:\/\/[^\s/?#@\\]+\/?$/i.test(written) ? URL.parse(written) : null;
    return url === null ? refuse(context, `must be ${what}`) : url.origin;
  });
}

export function region() {
  const error = expected('the name of a region, such as eu-west-1');
  return z.string(error).regex(/^[a-z0-9-]{1,40}$/, error);
}

export function profile() {
  const error = expected('the name of a profile of ~/.aws/config');
  return z.string(error).regex(/^[\w .@+-]{1,100}$/, error);
}

const BUCKET = /^(?:s3|gs):\/\/[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](?<prefix>\/[^\s?#]*)?$/;

function isBucket(text: string): boolean {
  const found = BUCKET.exec(text);
  return found !== null && !(found.groups?.prefix ?? '').split('/').some((name) => /^\.\.?$/.test(name));
}

function isWebServer(text: string): boolean {
  const url = /^https?:\/\/[^\s?#\\]+$/i.test(text) ? URL.parse(text) : null;
  return url !== null && url.hostname !== '';
}
