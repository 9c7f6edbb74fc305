import { randomInt } from 'node:crypto';
import { SlipwayError } from '../kernel/index.ts';
import { Attempt } from './connect-attempt.ts';
import { shakeHands } from './connect-handshake.ts';
import { connectSocket } from './connect-socket.ts';
import { askEpmd } from './epmd.ts';
import { OFFERED_FLAGS } from './flags.ts';
import { MAX_FRAME_BYTES } from './frame.ts';
import type { Parties } from './handshake.ts';
import { tooOld } from './handshake-messages.ts';
import { Link } from './link.ts';
import { parseNodeName } from './node-name.ts';
import type { TlsOptions } from './tls.ts';

export interface LinkOptions {
  /** Our own name (`name@host`), and the number of this life of ours: random, 32 bits, not 0. */
  readonly local: Parties['local'];
  /** `name@host` of the node. */
  readonly peer: string;
  readonly cookie: string;
  /** Null: the node's distribution is plain. */
  readonly tls: TlsOptions | null;
  /** Default: ERL_EPMD_PORT, else 4369. */
  readonly epmdPort?: number;
  /** All stages together have so long. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** The largest message of the peer's: one that announces more ends the link. Default: 256 MiB. */
  readonly maxFrameBytes?: number;
}

const VERSION = 6;

/**
 * Connects to a node as a hidden node: epmd, TCP or TLS, handshake. Throws `otp_unreachable`, `otp_tls`, `otp_cookie`,
 * `otp_refused`, `otp_name`, `otp_timeout`, or the signal's reason.
 */
export async function openLink(options: LinkOptions): Promise<Link> {
  const { peer, tls, epmdPort, maxFrameBytes = MAX_FRAME_BYTES } = options;
  const { alive, host } = parseNodeName(peer);
  using attempt = new Attempt({ ...options, what: `the connection to ${peer}` });
  const parties = partiesOf(options);
  const question = { name: alive, host, ...(epmdPort === undefined ? {} : { port: epmdPort }) };
  const { port, highestVersion } = await askEpmd(question, attempt);
  if (highestVersion < VERSION) throw tooOld();

  const place = { peer, host, port };
  const socket = await connectSocket(place, { tls, attempt });
  try {
    const hands = await shakeHands({ socket, parties, place, tls, attempt, maxFrameBytes });
    return new Link({ socket, ...hands });
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  }
}

function partiesOf({ local, peer, cookie }: LinkOptions): Parties {
  parseNodeName(local.name);
  // The runtime's own digest knows no others (erlang:md5/1 of the cookie's characters).
  if ([...cookie].some((character) => character > '\u00ff'))
    throw new SlipwayError('otp_cookie', {
      message: 'the cookie has characters that a cookie cannot have',
      hint: 'letters, digits and punctuation of Latin-1 alone',
    });
  return { local, peer, cookie, flags: OFFERED_FLAGS, challenge: randomInt(2 ** 32) };
}
