import { SlipwayError } from '../../kernel/index.ts';
import { conflict } from './replaced.ts';
import { S3Store } from './s3.ts';
import { nameOf, statusOf } from './s3-trouble.ts';
import { uploadFile } from './s3-upload.ts';
import type { PutFileOptions, WritableStore } from './store.ts';

type Condition = { IfMatch?: string; IfNoneMatch?: string };

/** A bucket that speaks S3 and is written to. */
export class WritableS3 extends S3Store implements WritableStore {
  async put(
    key: string,
    bytes: Uint8Array,
    { ifTag, signal }: { ifTag?: string | null; signal: AbortSignal },
  ): Promise<{ tag: string }> {
    const { sdk, client } = await this.connected(signal);
    return await this.conditionally(key, { ifTag, signal }, async (condition) => {
      const type = key.endsWith('.json') ? { ContentType: 'application/json' } : {};
      const command = new sdk.PutObjectCommand({ ...this.at(key), Body: bytes, ...type, ...condition });
      const { ETag = '' } = await client.send(command, { abortSignal: signal });
      return { tag: ETag };
    });
  }

  async putFile(key: string, options: PutFileOptions): Promise<void> {
    const { ifTag, signal } = options;
    const s3 = await this.connected(signal);
    // Some servers look at no condition when the parts are put together.
    if (ifTag !== undefined && (await this.tagOf(key, signal)) !== ifTag)
      throw conflict(this.addressOf(key), this.showCommand(key));
    await this.conditionally(key, { ifTag, signal }, (condition) =>
      uploadFile(s3, { ...options, at: this.at(key), condition }),
    );
  }

  async remove(key: string, signal: AbortSignal): Promise<void> {
    try {
      const { sdk, client } = await this.connected(signal);
      await client.send(new sdk.DeleteObjectCommand(this.at(key)), { abortSignal: signal });
    } catch (error) {
      if (statusOf(error) !== 404) throw this.trouble(error, { where: this.addressOf(key), signal });
    }
  }

  /**
   * Writes on a condition. Ceph's gateway (16) refuses a tag in quotes, as it gives it itself, and takes it without: so where the
   * object is still the one that was meant, it is asked once more, before it is said that somebody else was first.
   */
  private async conditionally<T>(
    key: string,
    { ifTag, signal }: { ifTag?: string | null | undefined; signal: AbortSignal },
    write: (condition: Condition) => Promise<T>,
  ): Promise<T> {
    const where = this.addressOf(key);
    const attempt = async (condition: Condition): Promise<{ done: T } | 'refused' | 'unknown'> => {
      try {
        return { done: await write(condition) };
      } catch (error) {
        if (isConflict(error)) return 'refused';
        if (isUnknownCondition(error) && ifTag !== undefined) return 'unknown';
        throw this.trouble(error, { where, signal });
      }
    };
    const [condition = {}, ...others] = conditions(ifTag);
    let outcome = await attempt(condition);
    for (const other of others) {
      if (outcome !== 'refused' || (await this.tagOf(key, signal)) !== ifTag) break;
      outcome = await attempt(other);
    }
    if (outcome === 'unknown') {
      // It knows no conditional writes at all: to look just before is the most that can be done.
      if ((await this.tagOf(key, signal)) !== ifTag) throw conflict(where, this.showCommand(key));
      outcome = await attempt({});
    }
    if (outcome === 'refused' || outcome === 'unknown') throw conflict(where, this.showCommand(key));
    return outcome.done;
  }

  private async tagOf(key: string, signal: AbortSignal): Promise<string | null> {
    return (await this.stat(key, signal))?.tag ?? null;
  }

  private async connected(signal: AbortSignal) {
    try {
      return await this.options.connect();
    } catch (error) {
      throw this.trouble(error, { where: this.address, signal });
    }
  }
}

function conditions(ifTag: string | null | undefined): Condition[] {
  if (ifTag === undefined) return [{}];
  if (ifTag === null) return [{ IfNoneMatch: '*' }];
  return [{ IfMatch: ifTag }, { IfMatch: ifTag.replaceAll('"', '') }];
}

/** 412; 409 where two conditional writes met; and where two publishers went on with the same upload. */
function isConflict(error: unknown): boolean {
  if (error instanceof SlipwayError) return error.code === 'publish_conflict';
  const status = statusOf(error);
  const name = nameOf(error);
  return (
    status === 412 || (status === 409 && name === 'ConditionalRequestConflict') || SHARED_UPLOAD.has(name)
  );
}

const SHARED_UPLOAD = new Set(['NoSuchUpload', 'InvalidPart']);

function isUnknownCondition(error: unknown): boolean {
  return statusOf(error) === 501 || nameOf(error) === 'NotImplemented';
}
