import type { IncomingMessage } from 'node:http';
import net from 'node:net';
import { isLoopback } from '../../kernel/index.ts';
import { headersOf } from './claim.ts';
import type { DoorSettings } from './settings.ts';

export interface OwnNames {
  settings: DoorSettings;
  /** The host in `listen`. */
  listenHost: string;
}

/**
 * Whether a request names a host of ours. A name that somebody else's DNS points to us is none: his pages would be of one origin
 * with ours. Names of this machine and addresses cannot be pointed anywhere, so their port may be that of a tunnel.
 */
export function isToUs(request: IncomingMessage, own: OwnNames): boolean {
  const hosts = headersOf(request, 'host');
  const origin = hosts.length === 1 ? originOf(hosts[0] ?? '', own.settings) : null;
  if (origin === null) return false;
  if (origin.origin === own.settings.public) return true;
  const name = origin.hostname.replace(/^\[|\]$/g, '');
  if (isLoopback(name)) return true;
  const local = request.socket.localAddress?.replace(/^::ffff:/, '');
  return net.isIP(name) > 0 ? name === local : name === own.listenHost.toLowerCase();
}

/** Whether a page of ours sent it, where one must have. Node's `origin` is the first one. */
export function isFromUs(request: IncomingMessage, own: OwnNames): boolean {
  const origins = headersOf(request, 'origin');
  if (origins.length !== 1) return false;
  const [origin] = origins;
  return (
    origin === own.settings.public || origin === originOf(request.headers.host ?? '', own.settings)?.origin
  );
}

function originOf(host: string, { tls, behindProxy, public: known }: DoorSettings): URL | null {
  if (!/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.test(host)) return null;
  const asPublic = known === null ? null : URL.parse(`${new URL(known).protocol}//${host}`);
  if (asPublic !== null && asPublic.origin === known) return asPublic;
  const isHttps =
    tls !== null || (behindProxy && !isLoopback(host.replace(/:\d+$/, '').replace(/[[\]]/g, '')));
  return URL.parse(`${isHttps ? 'https' : 'http'}://${host}`);
}
