import { type Challenge, challengePath, dnsCommand, type Prover } from '../../acme/index.ts';
import type { AcmeConfiguration } from '../../config/index.ts';
import { findAccount } from '../../supervisor/index.ts';

/** By a record of DNS where there is a command that sets it, else by what HAProxy answers. */
export function proverOf(
  { dns, dnsUser }: AcmeConfiguration,
  options: {
    /** What HAProxy is to answer, by path; nothing but that. */
    answer: (contents: ReadonlyMap<string, string>) => Promise<void>;
    say: (message: string) => void;
  },
): Prover {
  if (dns === null) return httpProver(options.answer);
  return dnsCommand({
    argv: dns,
    account: async () => (dnsUser === null ? null : await findAccount(dnsUser)),
    say: (line) => options.say(`${dns[0]}: ${line}`),
  });
}

function httpProver(answer: (contents: ReadonlyMap<string, string>) => Promise<void>): Prover {
  return {
    kind: 'http-01',
    present: async (challenges) => await answer(contentsOf(challenges)),
    // A HAProxy that cannot be told now is told nothing of them when it can.
    cleanUp: async () => await answer(new Map()).catch(() => undefined),
  };
}

function contentsOf(challenges: readonly Challenge[]): Map<string, string> {
  const contents = new Map<string, string>();
  for (const { token, content } of challenges) {
    const path = challengePath(token);
    if (path === null) throw new Error('the authority has sent a token that is none');
    contents.set(path, content);
  }
  return contents;
}
