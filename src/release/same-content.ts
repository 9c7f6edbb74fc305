import fs from 'node:fs';
import { Refusal } from './refusal.ts';

/** Compares what an archive holds with a file, piece by piece; another content is refused. */
export class SameContent {
  private readonly fd: number;
  private readonly entry: string;
  private position = 0;

  constructor(fd: number, entry: string) {
    this.fd = fd;
    this.entry = entry;
  }

  compare(chunk: Uint8Array): void {
    const there = Buffer.allocUnsafe(chunk.length);
    for (let read = 0; read < there.length; ) {
      const length = fs.readSync(this.fd, there, read, there.length - read, this.position);
      if (length === 0) this.refuse();
      read += length;
      this.position += length;
    }
    if (!there.equals(chunk)) this.refuse();
  }

  end(): void {
    if (fs.fstatSync(this.fd).size !== this.position) this.refuse();
  }

  private refuse(): never {
    throw new Refusal('is in the archive twice, with different contents', this.entry);
  }
}
