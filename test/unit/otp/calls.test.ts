import { describe, expect, it } from 'vitest';
import { Calls } from '../../../src/otp/calls.ts';
import type { Signal } from '../../../src/otp/control.ts';
import { LocalNode } from '../../../src/otp/node.ts';
import { Processes } from '../../../src/otp/processes.ts';
import { atom, Pid, type Reference, type Term, Tuple, tuple } from '../../../src/otp/term/index.ts';

const user = new Pid(atom('theirs@host'), 64, 0, 77);
const spawned = new Pid(atom('theirs@host'), 95, 0, 77);
const call = { module: atom('m'), fn: atom('f'), args: [] };

/** Calls of a node whose part the test plays. */
function begin() {
  const sent: Signal[] = [];
  const send = (signal: Signal) => void sent.push(signal);
  const node = new LocalNode('ours@host');
  const processes = new Processes({ node, send });
  const calls = new Calls({ peer: 'theirs@host', node, processes, send });
  const take = <Op extends Signal['op']>(op: Op) => {
    const [signal, ...more] = sent.splice(0);
    if (signal?.op !== op || more.length > 0) throw new Error(`${signal?.op} and ${more.length} more`);
    return signal as Extract<Signal, { op: Op }>;
  };
  /** Answers the question for `user`, which comes with the first call by erpc. */
  const answerWhereis = async (answer: Term) => {
    const { from, message } = take('send');
    const [, caller] = (message as Tuple).elements;
    const tag = (caller as Tuple).elements[1] as Term;
    processes.handle({ op: 'send', from: null, to: from as Pid, message: tuple(tag, answer) });
    // To be gone through by the promises that wait for it.
    await new Promise(setImmediate);
  };
  const reply = (reference: Reference, result: Pid) =>
    calls.handle({ op: 'spawn_reply', reference, to: user, flags: 0, result });
  return { sent, processes, calls, take, answerWhereis, reply };
}

describe('a call by erpc that is no longer waited for', () => {
  async function abandoned({ isBegun }: { isBegun: boolean }) {
    const peer = begin();
    const controller = new AbortController();
    const failed = peer.calls.erpc(call, { signal: controller.signal }).catch((error) => error);
    await peer.answerWhereis(user);
    const { reference, from } = peer.take('spawn_request');
    if (isBegun) peer.reply(reference, spawned);
    expect(peer.sent).toEqual([]);
    controller.abort('enough');
    expect(await failed).toBe('enough');
    if (!isBegun) peer.reply(reference, spawned);
    return { peer, expected: { op: 'demonitor', from, to: spawned, reference } };
  }

  it('has its process watched no more', async () => {
    const { peer, expected } = await abandoned({ isBegun: true });
    expect(peer.take('demonitor')).toEqual(expected);
  });

  it('before it has begun has its process watched no more as soon as that is known', async () => {
    const { peer, expected } = await abandoned({ isBegun: false });
    expect(peer.take('demonitor')).toEqual(expected);
  });
});

describe('a call by erpc that returns', () => {
  it('says nothing more to the node', async () => {
    const { calls, answerWhereis, take, reply, sent } = begin();
    const controller = new AbortController();
    const value = calls.erpc(call, { signal: controller.signal });
    await answerWhereis(user);
    const { reference, from } = take('spawn_request');
    reply(reference, spawned);
    const reason = tuple(reference, atom('return'), 7);
    calls.handle({ op: 'down', from: spawned, to: from, reference, reason });
    expect(await value).toBe(7);
    controller.abort();
    expect(sent).toEqual([]);
  });
});

describe('a call by erpc while the node has no user', () => {
  it('leaves no process of ours behind', async () => {
    const { calls, processes, answerWhereis, take } = begin();
    const value = calls.erpc(call, {});
    await answerWhereis(atom('undefined'));
    const { reference, from, groupLeader } = take('spawn_request');
    const watch: Signal = { op: 'monitor', from: user, to: groupLeader, reference };
    processes.handle(watch);
    const reason = tuple(reference, atom('return'), 7);
    calls.handle({ op: 'down', from: spawned, to: from, reference, reason });
    expect(await value).toBe(7);
    expect(take('down')).toMatchObject({ from: groupLeader, to: user, reason: atom('normal') });
  });
});

describe('a call whose output nobody can take', () => {
  it('fails with what the taker throws, and what it writes is answered all the same', async () => {
    const { calls, processes, take } = begin();
    const full = new Error('no room');
    const onOutput = () => {
      throw full;
    };
    const failed = calls.rpc(call, { onOutput }).catch((error) => error);
    const [, , request] = (take('send').message as Tuple).elements;
    const groupLeader = (request as Tuple).elements[4] as Pid;
    const put = tuple(atom('put_chars'), atom('unicode'), [104, 105]);
    const message = tuple(atom('io_request'), spawned, 1, put);
    processes.handle({ op: 'send', from: spawned, to: groupLeader, message });
    processes.handle({ op: 'send', from: spawned, to: groupLeader, message });
    expect(await failed).toBe(full);
  });
});
