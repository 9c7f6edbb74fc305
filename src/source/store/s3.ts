import type { Readable } from 'node:stream';
import { flowing, tooLarge, whole } from './flow.ts';
import { type Bucket, type NextCommands, nextCommands } from './next-commands.ts';
import { replaced } from './replaced.ts';
import type { S3 } from './s3-client.ts';
import { s3Trouble, statusOf } from './s3-trouble.ts';
import type { ListedObject, ObjectStat, ObjectStore, SmallObject } from './store.ts';

export interface S3Options extends Bucket {
  /** Asked for with each request: the SDK is loaded with the first one. */
  connect: () => Promise<S3>;
  /** Empty, or with a `/` at its end. */
  prefix: string;
}

/** A listing is read to so many objects. */
const LISTED_MAX_COUNT = 50_000;

/** A bucket on a server that speaks S3. */
export class S3Store implements ObjectStore {
  readonly address: string;
  protected readonly options: S3Options;
  private readonly next: NextCommands;

  constructor(options: S3Options) {
    this.options = options;
    this.next = nextCommands(options);
    this.address = `${options.scheme}://${options.bucket}/${options.prefix}`.replace(/\/$/, '');
  }

  addressOf(key: string): string {
    return `${this.address}/${key}`;
  }

  showCommand(key: string): string {
    return this.next.list(this.addressOf(key));
  }

  async get(
    key: string,
    { maxBytes, unlessTag, signal }: { maxBytes: number; unlessTag?: string | null; signal: AbortSignal },
  ): Promise<SmallObject | 'unchanged' | null> {
    const from = this.addressOf(key);
    try {
      const { sdk, client } = await this.options.connect();
      const found = await client.send(
        new sdk.GetObjectCommand({ ...this.at(key), ...(unlessTag ? { IfNoneMatch: unlessTag } : {}) }),
        { abortSignal: signal },
      );
      const body = found.Body as Readable;
      if ((found.ContentLength ?? 0) > maxBytes) {
        body.destroy();
        throw tooLarge(from, maxBytes);
      }
      const bytes = await whole(body, { from, next: this.next.server, signal, maxBytes });
      return { bytes, tag: found.ETag ?? '', modifiedMs: found.LastModified?.getTime() ?? 0 };
    } catch (error) {
      if (statusOf(error) === 304) return 'unchanged';
      return this.absent(error, { where: from, signal });
    }
  }

  async stat(key: string, signal: AbortSignal): Promise<ObjectStat | null> {
    try {
      const { sdk, client } = await this.options.connect();
      const found = await client.send(new sdk.HeadObjectCommand(this.at(key)), { abortSignal: signal });
      return {
        sizeBytes: found.ContentLength ?? 0,
        tag: found.ETag ?? '',
        modifiedMs: found.LastModified?.getTime() ?? 0,
        sha256: digestOf(found.Metadata?.sha256),
      };
    } catch (error) {
      return this.absent(error, { where: this.addressOf(key), signal });
    }
  }

  async *read(
    key: string,
    { fromByte, tag, signal }: { fromByte: number; tag: string; signal: AbortSignal },
  ): AsyncGenerator<Uint8Array> {
    const where = this.addressOf(key);
    try {
      const { sdk, client } = await this.options.connect();
      const range = fromByte > 0 ? { Range: `bytes=${fromByte}-` } : {};
      const found = await client.send(new sdk.GetObjectCommand({ ...this.at(key), IfMatch: tag, ...range }), {
        abortSignal: signal,
      });
      const body = found.Body as Readable;
      // Not every server heeds both conditions.
      if (found.ETag !== tag || (fromByte > 0 && !startsAt(found.ContentRange, fromByte))) {
        body.destroy();
        throw replaced(where, this.showCommand(key));
      }
      yield* flowing(body, { from: where, next: this.next.server, signal });
    } catch (error) {
      if ([404, 412, 416].includes(statusOf(error) ?? 0)) throw replaced(where, this.showCommand(key));
      throw this.trouble(error, { where, signal });
    }
  }

  async list(prefix: string, signal: AbortSignal): Promise<ListedObject[]> {
    const objects: ListedObject[] = [];
    try {
      const { sdk, client } = await this.options.connect();
      const { bucket: Bucket, prefix: own } = this.options;
      let ContinuationToken: string | undefined;
      do {
        const page = await client.send(
          new sdk.ListObjectsV2Command({
            Bucket,
            Prefix: own + prefix,
            ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
          }),
          { abortSignal: signal },
        );
        for (const { Key = '', Size = 0, LastModified } of page.Contents ?? [])
          if (Key.startsWith(own))
            objects.push({
              key: Key.slice(own.length),
              sizeBytes: Size,
              modifiedMs: LastModified?.getTime() ?? 0,
            });
        ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (ContinuationToken !== undefined && objects.length < LISTED_MAX_COUNT);
      return objects;
    } catch (error) {
      throw this.trouble(error, { where: this.addressOf(prefix), signal });
    }
  }

  protected at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.options.bucket, Key: this.options.prefix + key };
  }

  /** The signal's reason where it was aborted, which the SDK hides. */
  protected trouble(error: unknown, { where, signal }: { where: string; signal: AbortSignal }): unknown {
    return signal.aborted
      ? signal.reason
      : s3Trouble(error, { where, bucket: this.options.bucket, next: this.next });
  }

  private absent(error: unknown, of: { where: string; signal: AbortSignal }): null {
    const trouble = this.trouble(error, of);
    if (statusOf(error) === 404 && (trouble as { code?: unknown }).code !== 'bucket_missing') return null;
    throw trouble;
  }
}

function startsAt(contentRange: string | undefined, fromByte: number): boolean {
  return contentRange?.startsWith(`bytes ${fromByte}-`) ?? false;
}

function digestOf(text: string | undefined): string | null {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text) ? text : null;
}
