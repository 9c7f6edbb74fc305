import type { IncomingMessage } from 'node:http';
import net from 'node:net';

/**
 * Whom a request comes from. Of what is forwarded the last entry alone is the proxy's own, and so to be believed; what stands
 * before it anybody may have sent.
 */
export function addressOf(request: IncomingMessage, behindProxy: boolean): string | null {
  const socket = plain(request.socket.remoteAddress ?? '');
  if (!behindProxy) return socket;
  const forwarded = request.headers['x-forwarded-for'];
  const last = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? '')).split(',').at(-1)?.trim();
  return plain(last?.replace(/^\[(.+)\](:\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1') ?? '') ?? socket;
}

function plain(address: string): string | null {
  const bare = address.replace(/^::ffff:(?=\d+\.)/, '');
  return net.isIP(bare) > 0 ? bare : null;
}
