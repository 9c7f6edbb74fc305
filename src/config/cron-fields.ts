import * as z from 'zod';
import { expected, refuse } from './fields.ts';
import { scheduleProblem } from './schedule.ts';

export function schedule() {
  const what = 'a schedule such as "*/5 * * * *" or @daily';
  return z.string(expected(what)).transform((written, context) => {
    const problem = scheduleProblem(written);
    return problem === null ? written : refuse(context, `must be ${what}: ${problem}`);
  });
}

/** Names of cron entries become parts of the names of units. */
export function cronName() {
  const error = expected('a name of a-z, 0-9 and -, the first a letter, 100 at most');
  return z.string(error).regex(/^[a-z][a-z0-9-]{0,99}$/, error);
}
