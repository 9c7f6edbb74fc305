import { createHash } from 'node:crypto';
import fs from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { fileFor, isOfNoPage } from './pages.ts';
import { documentHeaders } from './policy-headers.ts';

/** Where the build puts the pages: beside the bundle. */
export const PAGES_DIRECTORY = import.meta.url.endsWith('.ts')
  ? path.join(import.meta.dirname, '../../../dist/web')
  : path.join(import.meta.dirname, 'web');

const TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
};
const ENCODINGS = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const;

interface Loaded {
  bytes: Buffer;
  etag: string;
}

/**
 * The files of the pages, served by the names that the folder had when it was last read: no path is made of what a request says.
 * A new build is noticed by its document.
 */
export class StaticFiles {
  private readonly directory: string;
  private names = new Set<string>();
  private readonly loaded = new Map<string, Loaded>();
  private readAt = '';

  constructor(directory: string) {
    this.directory = directory;
  }

  /** False where there is no such file. What is of no page gets the document of all of them, with 404. */
  serve(request: IncomingMessage, response: ServerResponse): boolean {
    const isOfNone = isOfNoPage(request);
    const name = isOfNone ? fileFor('/') : fileFor(request.url ?? '');
    this.look();
    if (name === null || !this.names.has(name)) return false;
    const encoding = this.encodingFor(name, request.headers['accept-encoding']);
    const { bytes, etag } = this.load(`${name}${encoding?.ending ?? ''}`);
    const isDocument = name.endsWith('.html');
    const headers: Record<string, string | number> = {
      'content-type': TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
      'cache-control': isDocument ? 'no-cache' : 'public, max-age=31536000, immutable',
      etag,
      vary: 'accept-encoding',
      ...(isDocument ? documentHeaders(name) : { 'cross-origin-resource-policy': 'same-origin' }),
      ...(encoding && { 'content-encoding': encoding.name }),
    };
    if (!isOfNone && matches(request.headers['if-none-match'], etag)) response.writeHead(304, headers).end();
    else
      response
        .writeHead(isOfNone ? 404 : 200, { ...headers, 'content-length': bytes.length })
        .end(request.method === 'HEAD' ? undefined : bytes);
    return true;
  }

  private encodingFor(name: string, accepted: string | undefined) {
    const words = new Set((accepted ?? '').split(',').map((each) => each.trim().toLowerCase()));
    return ENCODINGS.find((each) => words.has(each.name) && this.names.has(`${name}${each.ending}`)) ?? null;
  }

  private load(name: string): Loaded {
    const known = this.loaded.get(name);
    if (known) return known;
    const bytes = fs.readFileSync(path.join(this.directory, name));
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
    const loaded = { bytes, etag };
    this.loaded.set(name, loaded);
    return loaded;
  }

  private look(): void {
    const stat = fs.statSync(path.join(this.directory, 'index.html'), { throwIfNoEntry: false });
    const now = stat === undefined ? '' : `${stat.ino} ${stat.mtimeMs}`;
    if (now === this.readAt) return;
    this.loaded.clear();
    const entries = fs.readdirSync(this.directory, { recursive: true, withFileTypes: true });
    this.names = new Set(
      entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(this.directory, path.join(entry.parentPath, entry.name))),
    );
    this.readAt = now;
  }
}

function matches(asked: string | undefined, etag: string): boolean {
  return (asked ?? '').split(',').some((each) => each.trim().replace(/^W\//, '') === etag);
}
