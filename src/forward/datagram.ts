import { messageOf, openUnixDatagram, type UnixDatagram } from '../kernel/index.ts';
import type { ForwardedLine, Sent, Target } from './target.ts';

/** A socket of this host that takes one datagram for each line. What it has taken the kernel keeps until it is read. */
export function datagramTarget(options: {
  name: string;
  path: string;
  pieceBytes: number;
  encode: (line: ForwardedLine) => Buffer;
}): Target {
  const { name, path, pieceBytes, encode } = options;
  let open: UnixDatagram | null = null;
  const drop = () => {
    open?.[Symbol.dispose]();
    open = null;
  };
  return {
    ...{ name, pieceBytes, settleMs: 0 },
    isDelivered: () => true,
    async send(lines): Promise<Sent> {
      let count = 0;
      try {
        open ??= await openUnixDatagram(path);
        for (const line of lines) {
          if (!open.send(encode(line))) break;
          count += 1;
        }
        return { count, trouble: null };
      } catch (error) {
        drop();
        return { count, trouble: `${path}: ${messageOf(error)}` };
      }
    },
    async reach() {
      using _ = await openUnixDatagram(path);
    },
    async close() {
      drop();
    },
  };
}
