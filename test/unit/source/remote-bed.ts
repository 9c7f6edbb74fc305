import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../../src/kernel/index.ts';
import { bucket, type Signing, type Source } from '../../../src/source/index.ts';
import { type S3Server, s3Server, useCredentials } from '../../support/s3.ts';
import { APP, ENVIRONMENT } from './bed.ts';
import type { Bed } from './contract.ts';

export type BucketAddress = Omit<
  Parameters<typeof bucket>[0],
  'name' | 'environment' | 'pollMs' | 'clock' | 'signing'
>;

/** A source on a server that looks again every few milliseconds. */
export function remoteSource(address: BucketAddress, signing: Signing | null = null): Source {
  const source = bucket({
    patience: { archiveMaxAgeMs: 100, unsignedMs: 100 },
    ...address,
    ...{ name: APP, environment: ENVIRONMENT, pollMs: 50, clock: systemClock, signing },
  });
  onTestFinished(() => source.stop());
  return source;
}

/** A bucket of its own on the S3 server. */
export class S3Bed implements Bed {
  readonly name = `demo-${randomUUID()}`;
  readonly server: S3Server;
  private readonly client: S3Client;
  private readonly prefix: string;

  static async make({ prefix = '' } = {}): Promise<S3Bed> {
    const bed = new S3Bed(await s3Server(), prefix);
    await bed.client.send(new CreateBucketCommand({ Bucket: bed.name }));
    useCredentials(bed.server);
    return bed;
  }

  private constructor(server: S3Server, prefix: string) {
    const { endpoint, ...credentials } = server;
    this.server = server;
    this.prefix = prefix;
    this.client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  }

  get url(): string {
    return `s3://${this.name}/${this.prefix}`;
  }

  source(signing: Signing | null = null): Source {
    return remoteSource({ url: this.url, endpoint: this.server.endpoint }, signing);
  }

  async put(key: string, content: string | Uint8Array): Promise<void> {
    await this.client.send(
      new PutObjectCommand({ Bucket: this.name, Key: this.prefix + key, Body: content }),
    );
  }

  async remove(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand({ Bucket: this.name, Key: this.prefix + key }));
  }

  /** Lets everybody read it. */
  async publish(): Promise<void> {
    await this.allow('Allow');
  }

  /** Lets nobody read it, its owner neither. */
  async deny(): Promise<void> {
    await this.allow('Deny');
  }

  private async allow(Effect: 'Allow' | 'Deny'): Promise<void> {
    const Resource = [`arn:aws:s3:::${this.name}`, `arn:aws:s3:::${this.name}/*`];
    const Statement = [{ Effect, Principal: '*', Action: ['s3:GetObject', 's3:ListBucket'], Resource }];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await this.client.send(new PutBucketPolicyCommand({ Bucket: this.name, Policy }));
  }
}

/** A folder that a web server shows. */
export class WebBed implements Bed {
  readonly lists = false;
  readonly url: string;
  private readonly address: BucketAddress;
  private readonly root: string;

  /** `root`: what `base` shows. */
  constructor({ root, base, ...address }: { root: string; base: string } & Partial<BucketAddress>) {
    const name = randomUUID();
    this.root = path.join(root, name);
    this.url = `${base}/${name}`;
    this.address = { ...address, url: this.url };
  }

  source(signing: Signing | null = null): Source {
    return remoteSource(this.address, signing);
  }

  file(key: string): string {
    return path.join(this.root, key);
  }

  async put(key: string, content: string | Uint8Array): Promise<void> {
    const file = this.file(key);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(`${file}.part`, content);
    fs.renameSync(`${file}.part`, file);
  }

  async remove(key: string): Promise<void> {
    fs.rmSync(this.file(key), { recursive: true });
  }
}
