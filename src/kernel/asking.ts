import fs from 'node:fs';
import { promisify } from 'node:util';

/*
 * What asks the file system one thing after the other, written once: it may be answered at once, or without holding up the
 * thread, where a disk may take its time.
 */

type Question = ['open', file: string, flags: number] | ['fstat', fd: number] | ['readlink', link: string];

export type Asking<Result> = Generator<Question, Result, unknown>;

export function* open(file: string, flags: number): Asking<number> {
  return (yield ['open', file, flags]) as number;
}

export function* fstat(fd: number): Asking<fs.Stats> {
  return (yield ['fstat', fd]) as fs.Stats;
}

export function* readlink(link: string): Asking<string> {
  return (yield ['readlink', link]) as string;
}

export function atOnce<Result>(asking: Asking<Result>): Result {
  for (let next = asking.next(); ; ) {
    if (next.done) return next.value;
    let answer: unknown;
    try {
      answer = answerTo(next.value);
    } catch (error) {
      next = asking.throw(error);
      continue;
    }
    next = asking.next(answer);
  }
}

export async function soon<Result>(asking: Asking<Result>): Promise<Result> {
  for (let next = asking.next(); ; ) {
    if (next.done) return next.value;
    let answer: unknown;
    try {
      answer = await answerSoonTo(next.value);
    } catch (error) {
      next = asking.throw(error);
      continue;
    }
    next = asking.next(answer);
  }
}

function answerTo([call, of, flags]: Question): unknown {
  if (call === 'open') return fs.openSync(of, flags);
  return call === 'fstat' ? fs.fstatSync(of) : fs.readlinkSync(of);
}

const [openSoon, fstatSoon, readlinkSoon] = [promisify(fs.open), promisify(fs.fstat), promisify(fs.readlink)];

function answerSoonTo([call, of, flags]: Question): Promise<unknown> {
  if (call === 'open') return openSoon(of, flags);
  return call === 'fstat' ? fstatSoon(of) : readlinkSoon(of);
}
