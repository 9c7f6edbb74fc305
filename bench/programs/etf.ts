// node etf.js FILE ROUNDS [PACKAGE FOLDER]: prints the milliseconds of each decoding of the file, and of each encoding
// of what it was; by Slipway's codec, or by that package of that folder.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { decode, encode } from '../../src/otp/term/index.ts';

export interface EtfTimes {
  decodeMs: number[];
  encodeMs: number[];
}

interface Codec {
  decode(bytes: Buffer): unknown;
  encode(term: never): unknown;
}

/** The square of the size is what erlpackjs takes to encode: half a minute for ten megabytes. */
const MOST_FOR_ERLPACKJS = 1_000_000;

const [file = '', rounds = '', name, folder = ''] = process.argv.slice(2);
const codec: Codec = name === undefined ? { decode, encode } : packageOf(folder, name);
const bytes = fs.readFileSync(file);
const times: EtfTimes = { decodeMs: measure(() => codec.decode(bytes)), encodeMs: [] };
if (name !== 'erlpackjs' || bytes.length < MOST_FOR_ERLPACKJS) {
  const term = codec.decode(bytes) as never;
  times.encodeMs = measure(() => codec.encode(term));
}
console.log(JSON.stringify(times));

function packageOf(installedIn: string, wanted: string): Codec {
  const { pack, unpack } = createRequire(path.join(installedIn, 'package.json'))(wanted);
  return { decode: unpack, encode: pack };
}

function measure(work: () => unknown): number[] {
  const times: number[] = [];
  for (let i = 0; i < Number(rounds); i++) {
    const startedMs = performance.now();
    work();
    times.push(performance.now() - startedMs);
  }
  return times;
}
