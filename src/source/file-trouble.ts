import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, messageOf, reasonOf, SlipwayError, withMend } from '../kernel/index.ts';

/** Why `file` cannot be read, in words; `error` is what the attempt threw. */
export function trouble(error: unknown, file: string): string {
  if (error instanceof SlipwayError) return reasonOf(error);
  const at = (error as { path?: unknown }).path;
  const where = typeof at === 'string' ? at : file;
  const show = `namei -l ${where}`;
  switch (errnoOf(error)) {
    case null:
      return withMend(messageOf(error), `ls -l ${where}`);
    case 'EACCES':
    case 'EPERM':
      return withMend(`the agent's user (uid ${process.geteuid?.()}) may not read ${where}`, show);
    case 'ENOTDIR':
      return withMend(`what should be a folder on the way to ${where} is none`, show);
    case 'ELOOP':
      return withMend(`the symbolic links on the way to ${where} lead in a circle`, show);
    default:
      return withMend(`${where} cannot be read: ${messageOf(error)}`, show);
  }
}

/** What is missing on the way to a file that is not there: itself, a folder, or the target of a link. */
export async function absenceOf(file: string): Promise<string> {
  let missing = file;
  while (missing !== '/' && !(await exists(path.dirname(missing)))) missing = path.dirname(missing);
  const target = await fs.promises.readlink(missing).catch(() => null);
  const what =
    target === null ? `${missing} does not exist` : `${missing} links to ${target}, which does not exist`;
  return missing === file ? what : `${what} (looking for ${path.relative(missing, file)} in it)`;
}

function exists(file: string): Promise<boolean> {
  return fs.promises.access(file).then(
    () => true,
    () => false,
  );
}
