import { errnoOf, isDiskFull, messageOf, SlipwayError } from '../../kernel/index.ts';
import { bucketTrouble, UNCHANGED } from './trouble.ts';

/** Why a file of a bucket that is a folder cannot be read or written, in words and with the mend. */
export function folderTrouble(error: unknown, file: string): SlipwayError {
  if (error instanceof SlipwayError) return error;
  const of = (code: 'bucket_denied' | 'bucket_refused' | 'disk_full', why: string, next: string) =>
    bucketTrouble(code, { message: `${file}: ${why}`, hint: UNCHANGED, next, cause: error });
  if (isDiskFull(error)) return of('disk_full', 'there is no room left', `df -h ${file}`);
  switch (errnoOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return of('bucket_denied', `uid ${process.geteuid?.()} may not do this`, `namei -l ${file}`);
    case 'EROFS':
      return of('bucket_denied', 'its file system is read-only', `findmnt --target ${file}`);
    case 'ENOTDIR':
    case 'EEXIST':
      return of('bucket_refused', 'what should be a folder on the way to it is none', `namei -l ${file}`);
    default:
      return of('bucket_refused', messageOf(error), `namei -l ${file}`);
  }
}
