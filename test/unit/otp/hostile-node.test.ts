import { expect, test } from 'vitest';
import { FrameWriter } from '../../../src/otp/pass-through.ts';
import { ReceiveBudget } from '../../../src/otp/receive-budget.ts';
import { tuple } from '../../../src/otp/term/index.ts';
import { connectHostileNode } from '../../support/hostile-node.ts';
import { waitFor } from '../../support/wait-for.ts';

/** REG_SEND to a name that nobody has: `{6, Pid, '', nobody}`, and the message. */
function messageToNobody(message: Uint8Array): Buffer {
  const atom = (name: string) => Buffer.concat([Buffer.of(119, name.length), Buffer.from(name)]);
  const pid = Buffer.concat([Buffer.of(88), atom('x@y'), Buffer.alloc(12)]);
  const control = [Buffer.of(131, 104, 4, 97, 6), pid, atom(''), atom('nobody')];
  return Buffer.concat([Buffer.of(112), ...control, message]);
}

const nil = Buffer.of(131, 106);

const binary = (bytes: number) => {
  const head = Buffer.from([131, 109, 0, 0, 0, 0]);
  head.writeUInt32BE(bytes, 2);
  return Buffer.concat([head, Buffer.alloc(bytes)]);
};

test('a node that was asked nothing may announce no large message; one that was asked may', async () => {
  const { connection, send, asked } = await connectHostileNode();
  const before = asked();
  const call = connection.rpc('a', 'b', []);
  await waitFor('it to be asked', () => asked() !== before);
  send(messageToNobody(binary(128 * 1024)));
  const { from, reference } = asked();
  send(new FrameWriter().write({ op: 'send', from: null, to: from, message: tuple(reference, 7) }));
  expect(await call).toBe(7);
  send(messageToNobody(binary(128 * 1024)));
  expect(await connection.closed).toMatchObject({ message: expect.stringContaining('65536 are allowed') });
});

test('a node that goes on telling what nobody asked for is left', async () => {
  const { connection, send } = await connectHostileNode();
  const told = messageToNobody(nil);
  for (let count = 0; count < 20_000; count++) send(told);
  expect(await connection.closed).toMatchObject({
    message: expect.stringContaining('more than a node does that was asked nothing'),
  });
});

test('of a flood of small messages no more is handled in one turn than all else can wait for', async () => {
  const budget = new ReceiveBudget();
  let resumed = 0;
  const flood = () => {
    let handled = 0;
    while (budget.mayHandle(() => resumed++)) {
      budget.handled(10);
      handled++;
    }
    return handled;
  };
  // So many in one turn, however many nodes there are, and however small the messages.
  expect(flood() + flood()).toBe(2048);
  await waitFor('the next turn', () => resumed > 0);
  expect(flood()).toBe(2048);
});

test('terms with more parts than the agent asks for end the connection before they are made', async () => {
  const { connection, send } = await connectHostileNode();
  void connection.rpc('a', 'b', []).catch(() => undefined);
  const list = Buffer.alloc(2_000_000, 106);
  send(messageToNobody(Buffer.concat([Buffer.of(131, 108, 0, 0x1e, 0x84, 0x7f), list])));
  expect(await connection.closed).toMatchObject({
    message: expect.stringContaining('more than 1000000 items'),
  });
  const deep = await connectHostileNode();
  deep.send(
    messageToNobody(Buffer.concat([Buffer.of(131), Buffer.alloc(2 * 30_000, Buffer.of(104, 1)), nil])),
  );
  expect(await deep.connection.closed).toMatchObject({ message: expect.stringContaining('deep') });
});

test('what waits of all nodes together is bounded: who holds most of it is given up', async () => {
  const nodes = await Promise.all(Array.from({ length: 8 }, () => connectHostileNode()));
  let closed = 0;
  for (const { connection, send } of nodes) {
    void connection.rpc('a', 'b', []).catch(() => undefined);
    void connection.closed.then(() => closed++);
    send(Buffer.alloc(7 * 1024 ** 2), 8 * 1024 ** 2);
  }
  // Four times seven megabytes are within what may wait, five times are not.
  await waitFor('those that are too many to be given up', () => closed === 4);
});
