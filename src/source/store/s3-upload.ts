import { createHash } from 'node:crypto';
import fs from 'node:fs';
import type { S3 } from './s3-client.ts';
import type { PutFileOptions } from './store.ts';

interface Upload extends PutFileOptions {
  at: { Bucket: string; Key: string };
  condition: { IfMatch?: string; IfNoneMatch?: string };
}

/** Below it a file goes in one request. */
const PART_BYTES = 8 * 1024 ** 2;
const PARTS_MAX_COUNT = 10_000;
const PARTS_AT_ONCE = 3;

/**
 * Sends a file, in parts where it is large. An upload that was cut off is found again by its key, and goes on with the parts
 * that are not there yet; the same part is known by its MD5, which its tag is (not where the server encrypts with a key of
 * its own: it is sent again). Nobody sees anything of it before the parts are put together.
 */
export async function uploadFile(s3: S3, upload: Upload): Promise<void> {
  const { path, sizeBytes, onProgress = () => undefined } = upload;
  await using file = await fs.promises.open(path, 'r');
  if (sizeBytes <= PART_BYTES) {
    await sendWhole(s3, upload, await partOf(file, { offset: 0, sizeBytes }));
    return onProgress(sizeBytes);
  }
  const partBytes = Math.max(PART_BYTES, Math.ceil(sizeBytes / PARTS_MAX_COUNT));
  const former = await found(s3, upload);
  const id = former?.id ?? (await begin(s3, upload));
  const parts: { PartNumber: number; ETag: string }[] = [];
  const numbers = Array.from({ length: Math.ceil(sizeBytes / partBytes) }, (_, index) => index + 1).values();
  let bytesDone = 0;
  await abreast(upload.signal, async (signal) => {
    for (const number of numbers) {
      const offset = (number - 1) * partBytes;
      const bytes = await partOf(file, { offset, sizeBytes: Math.min(partBytes, sizeBytes - offset) });
      const there = isThere(former?.there.get(number), bytes);
      const ETag = there ?? (await sendPart(s3, { ...upload, signal }, { id, number, bytes }));
      parts.push({ PartNumber: number, ETag });
      bytesDone += bytes.length;
      onProgress(bytesDone);
    }
  });
  await complete(s3, upload, { id, parts: parts.sort((a, b) => a.PartNumber - b.PartNumber) });
  if (former) await correctDigest(s3, upload);
}

/** Some of the same work at a time; where one of them fails, the others are ended. */
async function abreast(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const all = Array.from({ length: PARTS_AT_ONCE }, () => work(either));
  await Promise.all(all).catch((error: unknown) => {
    failure.abort();
    throw error;
  });
}

async function sendWhole({ sdk, client }: S3, { at, sha256, condition, signal }: Upload, bytes: Buffer) {
  const command = new sdk.PutObjectCommand({ ...at, Body: bytes, Metadata: { sha256 }, ...condition });
  await client.send(command, { abortSignal: signal });
}

async function begin({ sdk, client }: S3, { at, sha256, signal }: Upload): Promise<string> {
  const command = new sdk.CreateMultipartUploadCommand({ ...at, Metadata: { sha256 } });
  const { UploadId = '' } = await client.send(command, { abortSignal: signal });
  return UploadId;
}

type Parts = Map<number, string>;

/** The newest unfinished upload of this key that is ours, with the tags of its parts. */
async function found(s3: S3, upload: Upload): Promise<{ id: string; there: Parts } | null> {
  const { at, signal } = upload;
  const { sdk, client } = s3;
  const command = new sdk.ListMultipartUploadsCommand({ Bucket: at.Bucket, Prefix: at.Key });
  // Who may write need not be allowed to list; then all is sent again.
  const listing = await client.send(command, { abortSignal: signal }).catch(() => null);
  const uploads = (listing?.Uploads ?? [])
    .filter(({ Key }) => Key === at.Key)
    .sort((a, b) => (b.Initiated?.getTime() ?? 0) - (a.Initiated?.getTime() ?? 0));
  const id = uploads[0]?.UploadId;
  if (id === undefined) return null;
  const there = await partsOf(s3, upload, id).catch(() => null);
  return there && { id, there };
}

async function partsOf({ sdk, client }: S3, { at, signal }: Upload, id: string): Promise<Parts> {
  const parts: Parts = new Map();
  let after: string | undefined;
  do {
    const page = await client.send(
      new sdk.ListPartsCommand({ ...at, UploadId: id, ...(after && { PartNumberMarker: after }) }),
      { abortSignal: signal },
    );
    for (const { PartNumber = 0, ETag = '' } of page.Parts ?? []) parts.set(PartNumber, ETag);
    after = page.IsTruncated ? page.NextPartNumberMarker : undefined;
  } while (after !== undefined && parts.size < PARTS_MAX_COUNT);
  return parts;
}

/** The tag of the part that is there, if it is this one. */
function isThere(tag: string | undefined, bytes: Buffer): string | null {
  if (tag === undefined) return null;
  return tag.replaceAll('"', '') === createHash('md5').update(bytes).digest('hex') ? tag : null;
}

async function sendPart(
  { sdk, client }: S3,
  { at, signal }: Upload,
  { id, number, bytes }: { id: string; number: number; bytes: Buffer },
): Promise<string> {
  const command = new sdk.UploadPartCommand({ ...at, UploadId: id, PartNumber: number, Body: bytes });
  const { ETag = '' } = await client.send(command, { abortSignal: signal });
  return ETag;
}

async function complete(
  { sdk, client }: S3,
  { at, condition, signal }: Upload,
  { id, parts }: { id: string; parts: { PartNumber: number; ETag: string }[] },
): Promise<void> {
  const command = new sdk.CompleteMultipartUploadCommand({
    ...at,
    UploadId: id,
    MultipartUpload: { Parts: parts },
    ...condition,
  });
  await client.send(command, { abortSignal: signal });
}

async function partOf(
  file: fs.promises.FileHandle,
  { offset, sizeBytes }: { offset: number; sizeBytes: number },
): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  for (let done = 0; done < sizeBytes; ) {
    const { bytesRead } = await file.read(bytes, done, sizeBytes - done, offset + done);
    if (bytesRead === 0) throw new Error('the file became shorter while it was sent');
    done += bytesRead;
  }
  return bytes;
}

/** What was begun with another file, whose first parts are the same, has the digest of that one beside it. */
async function correctDigest({ sdk, client }: S3, { at, sha256, signal }: Upload): Promise<void> {
  const { Metadata, ETag } = await client.send(new sdk.HeadObjectCommand(at), { abortSignal: signal });
  if (Metadata?.sha256 === sha256 || ETag === undefined) return;
  const command = new sdk.CopyObjectCommand({
    ...at,
    CopySource: `${at.Bucket}/${at.Key}`.split('/').map(encodeURIComponent).join('/'),
    CopySourceIfMatch: ETag,
    MetadataDirective: 'REPLACE',
    Metadata: { sha256 },
  });
  await client.send(command, { abortSignal: signal });
}
