import { commandLine, messageOf, refuseOthers, runTool } from '../kernel/index.ts';
import { type Challenge, type Prover, recordName } from './challenge.ts';
import { AcmeFailure } from './failure.ts';

const TIMEOUT_MS = 120_000;

/** Sets and removes TXT records by a command of the user's: `<command> present|cleanup _acme-challenge.<name> <value>`. */
export function dnsCommand(options: {
  argv: readonly string[];
  /** Whom it runs as; null: the agent's own user. */
  account: () => Promise<{ uid: number; gid: number } | null>;
  /** Gets each line that it writes. */
  say: (line: string) => void;
}): Prover {
  const { argv, say } = options;
  const run = async (deed: 'present' | 'cleanup', { name, content }: Challenge, signal: AbortSignal) => {
    const account = await options.account();
    const [program, ...args] = argv;
    if (program === undefined) throw new Error('no command is named');
    // Root runs nothing that another could have put there.
    if (account === null) refuseOthers(program);
    const written = await runTool([program, ...args, deed, recordName(name), content], {
      signal,
      as: account,
    });
    for (const line of written.split('\n').slice(0, 100)) if (line.trim() !== '') say(line);
  };
  return {
    kind: 'dns-01',
    async present(challenges, signal) {
      const failed = new Map<string, string>();
      for (const challenge of challenges)
        try {
          await run('present', challenge, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]));
        } catch (error) {
          signal.throwIfAborted();
          // Of a name and of all below it there are two records of one name.
          for (const name of [challenge.name, `*.${challenge.name}`]) failed.set(name, messageOf(error));
        }
      const [first] = failed;
      if (first === undefined) return;
      const told = `${commandLine(argv)} failed for ${first[0]}: ${first[1]}`;
      throw new AcmeFailure('refused', told, { names: failed });
    },
    async cleanUp(challenges) {
      for (const challenge of challenges)
        await run('cleanup', challenge, AbortSignal.timeout(TIMEOUT_MS)).catch((error: unknown) =>
          say(`${recordName(challenge.name)} was not removed: ${messageOf(error)}`),
        );
    },
  };
}
