import { type FileHandle, open, rm } from 'node:fs/promises';
import { runTool, SlipwayError } from '../../kernel/index.ts';
import { gzipLength } from './gzip-length.ts';

export interface HeadCopyOptions {
  log: FileHandle;
  /** What is copied first. */
  front: Buffer;
  /** Then bytes [from, to) of the log. */
  from: number;
  to: number;
  target: string;
  signal?: AbortSignal | undefined;
}

/*
 * A shell for the pipe alone: the values come as arguments. Compressed at once, for a plain copy first would write the
 * log to the disk a second time and read it a third. The priority is low, so that the writer keeps its core, but not the
 * lowest: on a host without idle time, logs must not outgrow the disk. Where the kernel shares out time by sessions
 * (autogroup), `nice` counts within one only, so the session gets the priority too. The log is opened anew, for the position
 * of our own descriptor would move with the reading.
 */
const NICENESS = 5;
const PIPE = `{ echo ${NICENESS} > /proc/self/autogroup; } 2> /dev/null
{ cat; dd iflag=skip_bytes,count_bytes,fullblock skip="$1" count="$2" bs=128K status=none < /proc/self/fd/3; } | gzip -1`;

/**
 * Compresses the head of a log into `target`; when this resolves, the copy is complete and on the disk.
 * @throws disk_full or log_failed; the target is gone then.
 */
export async function copyHead(options: HeadCopyOptions): Promise<void> {
  const { log, front, from, to, target, signal } = options;
  try {
    // Always a new file: a gzip of a killed agent may still write to the former one.
    await using copy = await open(target, 'wx+', 0o640);
    const pipe = ['sh', '-c', PIPE, 'sh', String(from), String(to - from)];
    const files = { input: front, stdout: copy.fd, files: [log.fd] };
    await runTool(['nice', '-n', String(NICENESS), ...pipe], { ...files, signal });
    // The pipe's status is gzip's alone: that dd read it all is seen by the length.
    const length = gzipLength(copy.fd);
    const expected = front.length + to - from;
    if (length !== expected)
      throw new SlipwayError('log_failed', { message: `${target} holds ${length} of ${expected} bytes` });
    await copy.sync();
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}
