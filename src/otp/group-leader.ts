// stdlib, The Erlang I/O Protocol, and ERTS, erlang:group_leader/0: where the output of a call goes.
import { answerIo, asIoRequest, type IoServer, ioReply } from './io-protocol.ts';
import type { Mailbox } from './mailbox.ts';

/**
 * Makes a mailbox a group leader: code that is called with its pid as group leader writes to `server`, and does not hang
 * for want of an answer. Requests are answered in the order in which they come.
 */
export function serveIo(mailbox: Mailbox, server: IoServer): void {
  let last: Promise<void> = Promise.resolve();
  mailbox.messages.on((message) => {
    const asked = asIoRequest(message);
    if (!asked) return;
    last = last.then(async () =>
      mailbox.send(asked.from, ioReply(asked, await answerIo(asked.request, server))),
    );
  });
}
