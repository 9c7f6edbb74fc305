import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, messageOf, SlipwayError } from '../../kernel/index.ts';
import { untilInterrupted } from '../interrupt.ts';
import { symbolsOf } from '../output/index.ts';
import { TransferLine } from '../progress/index.ts';
import type { Session } from '../session.ts';
import { wholeArchive } from './whole-archive.ts';

/** The archive comes through standard input. */
export const STANDARD_INPUT = '-';

/**
 * Sends an archive to the agent, and gives the id of the upload. Nothing is deployed by it. Errors: `usage` where there is
 * no such file, `interrupted`, and what the agent refuses.
 */
export async function sendArchive(
  session: Session,
  { app, file }: { app: string; file: string },
): Promise<string> {
  const isPiped = file === STANDARD_INPUT;
  if (isPiped && process.stdin.isTTY) throw fromTerminal(app);
  const sizeBytes = isPiped ? null : sizeOf(file);
  const client = await session.client();
  const interrupt = untilInterrupted(null);
  const { signal } = interrupt;
  const line = new TransferLine({
    channel: session.output.err,
    symbols: symbolsOf(session.env),
    name: isPiped ? 'standard input' : path.basename(file),
    sizeBytes,
  });
  try {
    const { upload } = await client.upload({
      app,
      file: isPiped ? wholeArchive(process.stdin) : file,
      signal,
      onProgress: (sentBytes) => line.update(sentBytes),
    });
    line.done();
    return upload;
  } catch (error) {
    line.stop();
    throw signal.aborted ? notSent(signal.reason, { app, file: isPiped ? null : file }) : error;
  } finally {
    interrupt.dispose();
  }
}

function sizeOf(file: string): number {
  try {
    const stat = fs.statSync(file);
    if (stat.isFile() && stat.size > 0) return stat.size;
    const what = stat.isFile() ? 'is empty' : stat.isDirectory() ? 'is a directory' : 'is no regular file';
    throw new SlipwayError('usage', {
      message: `${file} ${what}, and no archive`,
      ...(stat.isDirectory() && { next: `tar -czf site.tar.gz -C ${file} .` }),
    });
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    const why = errnoOf(error) === 'ENOENT' ? 'it is not there' : messageOf(error);
    throw new SlipwayError('usage', {
      message: `${file} cannot be sent: ${why}`,
      next: `ls -l ${path.dirname(file)}`,
    });
  }
}

function fromTerminal(app: string): SlipwayError {
  return new SlipwayError('usage', {
    message: 'the archive is to come through standard input, which is a terminal',
    hint: 'nothing was sent; a pipe or a file gives it',
    next: `tar -cz . | slipway deploy ${app} --archive -`,
  });
}

/** `file`: null for one that has come through a pipe, which nobody can send again. */
function notSent(reason: SlipwayError, { app, file }: { app: string; file: string | null }): SlipwayError {
  return new SlipwayError(reason.code, {
    message: `${reason.message}: ${file ?? 'the archive'} was not sent whole, and nothing is deployed`,
    ...(file !== null && { next: `slipway deploy ${app} --archive ${file}` }),
  });
}
