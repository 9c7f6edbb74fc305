import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { errnoOf, SlipwayError } from '../../kernel/index.ts';

const TIMEOUT_MS = 30_000;

/**
 * Runs openssl(1); Node can read certificates and cannot make them. No key passes through its arguments.
 * @throws SlipwayError `failed` where it is missing, or with the first of its own words
 */
export async function openssl(args: readonly string[]): Promise<void> {
  try {
    // Messages in English, and none of the surroundings: OPENSSL_CONF would change what is made.
    const env = { PATH: process.env.PATH, LC_ALL: 'C' };
    await promisify(execFile)('openssl', [...args], { env, timeout: TIMEOUT_MS });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT')
      throw new SlipwayError('failed', {
        message: 'the program openssl is not installed, and certificates are made with it',
        hint: 'nothing was changed',
        next: 'apt-get install openssl',
        cause: error,
      });
    const { stderr = '', message } = error as { stderr?: string; message: string };
    const why = stderr.trim().split('\n')[0] || message;
    throw new SlipwayError('failed', {
      message: `openssl ${args[0]} failed: ${why}`,
      hint: 'the certificates are as they were',
      cause: error,
    });
  }
}
