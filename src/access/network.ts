import net from 'node:net';

/** An IPv4 address in the form of an IPv6 one, as a socket for both gives it. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * What guesses are counted by: an address of IPv4 is one, and of IPv6 everybody has 2^64 at least, and many a provider gives
 * 2^80. `free`: how many may be wrong before one waits.
 */
export function networksOf(address: string): { network: string; free: number }[] {
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined) return [{ network: mapped, free: 10 }];
  if (!net.isIPv6(address)) return [{ network: address, free: 10 }];
  const groups = groupsOf(address);
  return [
    { network: `${groups.slice(0, 4).join(':')}::/64`, free: 10 },
    { network: `${groups.slice(0, 3).join(':')}::/48`, free: 100 },
  ];
}

/** The eight groups, without leading zeros. */
function groupsOf(address: string): string[] {
  const [plain = ''] = address.split('%');
  const [head = '', tail] = plain.split('::');
  const left = partsOf(head);
  const right = tail === undefined ? [] : partsOf(tail);
  const missing = Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(missing).fill('0'), ...right].map((group) =>
    Number.parseInt(group, 16).toString(16),
  );
}

/** An IPv4 address at the end stands for two groups; what they are is no part of a network. */
function partsOf(text: string): string[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => (part.includes('.') ? ['0', '0'] : [part]));
}
