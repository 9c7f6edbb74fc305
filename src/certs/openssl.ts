import { errnoOf, messageOf, runTool, SlipwayError } from '../kernel/index.ts';

const TIMEOUT_MS = 30_000;

/**
 * Runs openssl(1); Node can read certificates and cannot make them. No key passes through its arguments.
 * @throws SlipwayError `tool_failed` where it is missing, or with the first of its own words
 */
export async function openssl(args: readonly string[]): Promise<void> {
  try {
    await runTool(['openssl', ...args], { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    if (errnoOf((error as Error).cause) === 'ENOENT')
      throw new SlipwayError('tool_failed', {
        message: 'the program openssl is not installed, and certificates are made with it',
        hint: 'nothing was changed',
        next: 'apt-get install openssl',
        cause: error,
      });
    throw new SlipwayError('tool_failed', {
      message: `openssl ${args[0]} failed: ${messageOf(error).split('\n')[0]}`,
      hint: 'the certificates are as they were',
      cause: error,
    });
  }
}
