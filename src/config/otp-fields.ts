import * as z from 'zod';
import { absolutePath, expected, refuse } from './fields.ts';
import { readSecretFile } from './secret-file.ts';

const COOKIE = /^[!-~]{1,255}$/;
const WHAT = 'text without spaces, 255 characters at most';

/** The cookie itself, or `{ file: path }` of a file that holds it. */
export function cookie() {
  const error = expected(WHAT);
  const file = z.strictObject({ file: absolutePath() });
  return z.union([z.string().regex(COOKIE, error), file], error).transform((written, context) => {
    if (typeof written === 'string') return written;
    const read = readSecretFile(written.file);
    if ('problem' in read) return refuse(context, read.problem, read.hint);
    return COOKIE.test(read.secret) ? read.secret : refuse(context, `${written.file} must hold ${WHAT}`);
  });
}

/** Of the script that starts a release: the release's own name. */
export function scriptName() {
  const error = expected('the name of a script in bin/: letters, digits, - and _');
  return z.string(error).regex(/^[A-Za-z][A-Za-z0-9_-]*$/, error);
}
