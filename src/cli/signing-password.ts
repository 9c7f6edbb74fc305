import fs from 'node:fs';
import { SlipwayError } from '../kernel/index.ts';
import type { Session } from './session.ts';
import { ask } from './variables/index.ts';

/** The file that holds the password of a signing key: no argument has it, for arguments can be read by everybody. */
const FILE_VARIABLE = 'SLIPWAY_SIGNING_PASSWORD_FILE';

/** The password of a key to sign with: of that file, else asked for on the terminal. */
export async function signingPassword(
  { env, output }: Session,
  prompt = 'password of the signing key',
): Promise<string> {
  const file = env[FILE_VARIABLE];
  if (file) return fs.readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  if (!process.stdin.isTTY)
    throw new SlipwayError('signing_key_refused', {
      message: 'the key has a password, and nobody is there to be asked for it',
      hint: `${FILE_VARIABLE} may name a file that holds it; nothing was changed`,
      next: 'slipway keys make FILE --no-password',
    });
  return (await ask([prompt], output.err))[0] ?? '';
}
