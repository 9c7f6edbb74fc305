// stdlib, The Erlang I/O Protocol, and ERTS, erlang:group_leader/0: where the output of a call goes.
import { SlipwayError, unawaited } from '../kernel/index.ts';
import { answerIo, asIoRequest, type IoServer, ioFailure, ioReply } from './io-protocol.ts';
import type { Mailbox } from './mailbox.ts';
import { encode } from './term/index.ts';

/** So much may wait to be written. */
const MAX_WAITING_BYTES = 16 * 1024 ** 2;

/**
 * Makes a mailbox a group leader: code that is called with its pid as group leader writes to `server`, and does not hang
 * for want of an answer. Requests are answered in the order in which they come.
 */
export function serveIo(mailbox: Mailbox, server: IoServer): void {
  let last: Promise<void> = Promise.resolve();
  let waitingBytes = 0;
  mailbox.messages.on((message) => {
    const asked = asIoRequest(message);
    if (!asked) return;
    // A process waits for the answer before it writes again.
    const bytes = encode(asked.request).length;
    waitingBytes += bytes;
    if (waitingBytes > MAX_WAITING_BYTES)
      throw new SlipwayError('otp_disconnected', {
        message: 'the connection is lost: the node writes on and on, and waits for no answer',
      });
    const before = last;
    const answer = async () => {
      await before;
      const reply = await answerIo(asked.request, server).catch(() => ioFailure('terminated'));
      waitingBytes -= bytes;
      mailbox.send(asked.from, ioReply(asked, reply));
    };
    last = answer();
    unawaited(last, 'the answer to what a node writes');
  });
}
