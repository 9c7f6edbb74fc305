import net from 'node:net';
import os from 'node:os';
import { runTool } from '../kernel/index.ts';

const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(\\.${LABEL})*$`, 'i');
const TIMEOUT_MS = 30_000;

/** Whether it may stand in a certificate: a DNS name, or an IP address. */
export function isHost(text: string): boolean {
  return net.isIP(text) !== 0 || NAME.test(text);
}

/** The short name, which is the first, and the name that the kernel has. */
export function namesOfThisHost(): string[] {
  const name = os.hostname();
  return [...new Set([name.split('.')[0] ?? '', name])].filter(isHost);
}

/**
 * What nodes on this host call it: the short name of `-sname`, the full one of `-name`, and the loopback, for tools here.
 * The first one is the short name.
 */
export async function ownHosts(): Promise<string[]> {
  const candidates = [...namesOfThisHost(), await fullName(), 'localhost', '127.0.0.1'];
  return [...new Set(candidates)].filter(isHost);
}

/** The full name that the resolver tells; Node does not ask for it. */
async function fullName(): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  // A host may not know its own name: --host says it.
  return (await runTool(['hostname', '-f'], { signal }).catch(() => '')).trim();
}
