import dns from 'node:dns/promises';
import os from 'node:os';
import { withDeadline } from '../kernel/index.ts';
import { type Check, warn } from './check.ts';
import type { RunningCertificate } from './running-agent.ts';

const NAME = 'certificates';
const TIMEOUT_MS = 5000;
const MOST = 20;

/** Of names that there is no certificate for, where this host finds them: all that can be known from here. */
export async function checkNames(
  certificates: readonly RunningCertificate[],
  lookUp: LookUp = addressesOf,
): Promise<Check[]> {
  const failing = certificates.filter(({ source, failure }) => source === 'acme' && failure !== null);
  const names = [...new Set(failing.flatMap(({ missing }) => missing))].filter(
    (name) => !name.startsWith('*'),
  );
  const own = new Set(
    Object.values(os.networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address)),
  );
  return (await Promise.all(names.slice(0, MOST).map((name) => checkName(name, { own, lookUp })))).flat();
}

async function checkName(
  name: string,
  { own, lookUp }: { own: ReadonlySet<string>; lookUp: LookUp },
): Promise<Check[]> {
  const found = await lookUp(name);
  if (found === null) return [];
  if (found.length === 0)
    return [
      warn(
        NAME,
        `${name} has no address in the DNS that this host asks: an authority would find nobody`,
        null,
      ),
    ];
  const others = found.filter((address) => !own.has(address));
  if (others.length === 0) return [];
  const message = `${name} leads to ${others.join(', ')}, which is no address of this host itself: that is right only where port 80 of it is sent on to here`;
  return [warn(NAME, message, null)];
}

/** Addresses of a name; null where nobody answers. */
type LookUp = (name: string) => Promise<string[] | null>;

async function addressesOf(name: string): Promise<string[] | null> {
  const found = await withDeadline({ ms: TIMEOUT_MS }, async () => {
    try {
      return (await dns.lookup(name, { all: true })).map(({ address }) => address);
    } catch (error) {
      return (error as { code?: string }).code === 'ENOTFOUND' ? [] : null;
    }
  });
  return found === 'late' ? null : found;
}
