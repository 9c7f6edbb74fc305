import { describe, expect, it } from 'vitest';
import type { Signal } from '../../../src/otp/control.ts';
import { LocalNode } from '../../../src/otp/node.ts';
import { Processes } from '../../../src/otp/processes.ts';
import { atom, ImproperList, Pid, Reference, type Term, tuple } from '../../../src/otp/term/index.ts';

const theirs = new Pid(atom('theirs@host'), 95, 0, 77);
const reference = new Reference(atom('theirs@host'), 77, [1, 2, 3]);
const NET_KERNEL = atom('net_kernel');

function begin() {
  const sent: Signal[] = [];
  const processes = new Processes({
    node: new LocalNode('ours@host'),
    send: (signal) => void sent.push(signal),
  });
  /** What was sent since it was looked at last. */
  const take = () => sent.splice(0);
  return { processes, take };
}

describe('a ping of us', () => {
  const ask = (tag: Term): Signal => ({
    op: 'send',
    from: theirs,
    to: NET_KERNEL,
    message: tuple(atom('$gen_call'), tuple(theirs, tag), tuple(atom('is_auth'), atom('theirs@host'))),
  });

  it('finds net_kernel there when it watches it', () => {
    const { processes, take } = begin();
    processes.handle({ op: 'monitor', from: theirs, to: NET_KERNEL, reference });
    expect(take()).toEqual([]);
  });

  it.each<[string, Term]>([
    ['an alias', new ImproperList([atom('alias')], reference)],
    ['an alias within a list', [new ImproperList([atom('alias')], reference), 1]],
    ['an alias within an improper list', new ImproperList([new ImproperList([atom('alias')], reference)], 1)],
  ])('is answered to %s', (_, tag) => {
    const { processes, take } = begin();
    processes.handle(ask(tag));
    expect(take()).toMatchObject([{ op: 'send', to: reference, message: tuple(tag, atom('yes')) }]);
  });

  it('is answered to the pid that asks where its tag names no alias', () => {
    const { processes, take } = begin();
    processes.handle(ask(reference));
    expect(take()).toMatchObject([{ op: 'send', to: theirs, message: tuple(reference, atom('yes')) }]);
  });

  it('is the only thing that net_kernel answers', () => {
    const { processes, take } = begin();
    for (const message of [1, atom('x'), tuple(), tuple(atom('$gen_call'), theirs, 1), tuple(1, 2, 3)])
      processes.handle({ op: 'send', from: theirs, to: NET_KERNEL, message });
    processes.handle({ op: 'send', from: theirs, to: atom('other'), message: 1 });
    processes.handle({ op: 'send', from: theirs, to: reference, message: 1 });
    processes.handle({ op: 'ignored', code: 99 });
    expect(take()).toEqual([]);
  });
});

describe('a mailbox', () => {
  it('gets its messages and no others, and none once it is closed', () => {
    const { processes } = begin();
    const mailboxes = [processes.open(), processes.open()] as const;
    const got: Term[][] = [[], []];
    mailboxes.forEach((mailbox, i) => mailbox.messages.on((message) => got[i]?.push(message)));
    const { node, id, serial, creation } = mailboxes[0].pid;
    processes.handle({ op: 'send', from: theirs, to: mailboxes[0].pid, message: 1 });
    processes.handle({ op: 'send', from: theirs, to: mailboxes[1].pid, message: 2 });
    const earlier = new Pid(node, id, serial, creation ^ 1);
    processes.handle({ op: 'send', from: theirs, to: earlier, message: 3 });
    mailboxes[0].close();
    processes.handle({ op: 'send', from: theirs, to: mailboxes[0].pid, message: 4 });
    expect(got).toEqual([[1], [2]]);
  });

  it('tells those who watch it and are linked to it why it was closed, once', () => {
    const { processes, take } = begin();
    const mailbox = processes.open();
    processes.handle({ op: 'monitor', from: theirs, to: mailbox.pid, reference });
    processes.handle({ op: 'link', from: theirs, to: mailbox.pid });
    mailbox.close(atom('done'));
    mailbox.close(atom('again'));
    expect(take()).toEqual([
      { op: 'down', from: mailbox.pid, to: theirs, reference, reason: atom('done') },
      { op: 'exit', from: mailbox.pid, to: theirs, reason: atom('done') },
    ]);
  });

  it('is watched no more by one who has taken the monitor back', () => {
    const { processes, take } = begin();
    const mailbox = processes.open();
    processes.handle({ op: 'monitor', from: theirs, to: mailbox.pid, reference });
    processes.handle({ op: 'demonitor', from: theirs, to: mailbox.pid, reference });
    mailbox.close();
    expect(take()).toEqual([]);
  });

  it('that is not there is noproc to those who watch it or link to it', () => {
    const { processes, take } = begin();
    const mailbox = processes.open();
    mailbox.close();
    processes.handle({ op: 'monitor', from: theirs, to: mailbox.pid, reference });
    processes.handle({ op: 'monitor', from: theirs, to: atom('nobody'), reference });
    processes.handle({ op: 'link', from: theirs, to: mailbox.pid });
    expect(take()).toEqual([
      { op: 'down', from: mailbox.pid, to: theirs, reference, reason: atom('noproc') },
      { op: 'down', from: atom('nobody'), to: theirs, reference, reason: atom('noproc') },
      { op: 'exit', from: mailbox.pid, to: theirs, reason: atom('noproc') },
    ]);
  });

  it('hears exit signals of exit/2, linked or not', () => {
    const { processes } = begin();
    const mailbox = processes.open();
    const exits: unknown[] = [];
    mailbox.exits.on(({ from, reason }) => exits.push([from, reason]));
    processes.handle({ op: 'exit2', from: theirs, to: mailbox.pid, reason: atom('kill') });
    expect(exits).toEqual([[theirs, atom('kill')]]);
  });
});

describe('a link', () => {
  function linked() {
    const { processes, take } = begin();
    const mailbox = processes.open();
    const exits: unknown[] = [];
    mailbox.exits.on(({ reason }) => exits.push(reason));
    mailbox.link(theirs);
    mailbox.link(theirs);
    expect(take()).toEqual([{ op: 'link', from: mailbox.pid, to: theirs }]);
    const breaks = () =>
      processes.handle({ op: 'exit', from: theirs, to: mailbox.pid, reason: atom('broken') });
    return { processes, mailbox, take, exits, breaks };
  }

  it('tells of its end once', () => {
    const { breaks, exits } = linked();
    breaks();
    breaks();
    expect(exits).toEqual([atom('broken')]);
  });

  it('that was taken back here tells nothing', () => {
    const { mailbox, take, breaks, exits } = linked();
    mailbox.unlink(theirs);
    mailbox.unlink(theirs);
    expect(take()).toEqual([{ op: 'unlink', id: 1, from: mailbox.pid, to: theirs }]);
    breaks();
    expect(exits).toEqual([]);
  });

  it('that the peer takes back is acknowledged with its own number, and tells nothing', () => {
    const { processes, mailbox, take, breaks, exits } = linked();
    processes.handle({ op: 'unlink', id: 42n, from: theirs, to: mailbox.pid });
    expect(take()).toEqual([{ op: 'unlink_ack', id: 42n, from: mailbox.pid, to: theirs }]);
    breaks();
    expect(exits).toEqual([]);
  });

  it('that an old node takes back is not acknowledged', () => {
    const { processes, mailbox, take } = linked();
    processes.handle({ op: 'unlink', id: null, from: theirs, to: mailbox.pid });
    mailbox.close();
    expect(take()).toEqual([]);
  });

  it('ends with the connection', () => {
    const { processes, exits } = linked();
    processes.disconnected();
    expect(exits).toEqual([atom('noconnection')]);
  });
});

describe('a node that floods us', () => {
  const FLOOD = 10_000;
  const theirPid = (id: number) => new Pid(atom('theirs@host'), id, 0, 77);
  const theirReference = (id: number) => new Reference(atom('theirs@host'), 77, [id, 2, 3]);

  it('with links loses the connection, and those it takes back make room', () => {
    const { processes, take } = begin();
    const { pid: to } = processes.open();
    // Each compared with every other would be a hundred million comparisons.
    for (let id = 0; id < FLOOD; id++) processes.handle({ op: 'link', from: theirPid(id), to });
    expect(() => processes.handle({ op: 'link', from: theirPid(FLOOD), to })).toThrow(
      expect.objectContaining({ code: 'otp_disconnected', message: expect.stringContaining('10000 links') }),
    );
    for (let id = 0; id < FLOOD; id++) processes.handle({ op: 'unlink', id: null, from: theirPid(id), to });
    processes.handle({ op: 'link', from: theirPid(FLOOD), to });
    expect(take()).toEqual([]);
  });

  it('with monitors loses the connection, and those it takes back make room', () => {
    const { processes, take } = begin();
    const { pid: to } = processes.open();
    const one = (op: 'monitor' | 'demonitor', id: number) =>
      processes.handle({ op, from: theirs, to, reference: theirReference(id) });
    for (let id = 0; id < FLOOD; id++) one('monitor', id);
    expect(() => one('monitor', FLOOD)).toThrow(
      expect.objectContaining({ code: 'otp_disconnected', message: expect.stringContaining('10000 times') }),
    );
    for (let id = 0; id < FLOOD; id++) one('demonitor', id);
    one('monitor', FLOOD);
    expect(take()).toEqual([]);
  });

  it('with links and monitors to mailboxes that are closed again fills nothing', () => {
    const { processes } = begin();
    for (let round = 0; round < 3; round++) {
      const mailbox = processes.open();
      for (let id = 0; id < FLOOD; id++) {
        processes.handle({ op: 'link', from: theirPid(id), to: mailbox.pid });
        processes.handle({ op: 'monitor', from: theirs, to: mailbox.pid, reference: theirReference(id) });
      }
      mailbox.close();
    }
  });
});

describe('a mailbox that outlives the connection', () => {
  it('is told that what it watches or links to then is out of reach, and sends nothing', async () => {
    const { processes, take } = begin();
    const mailbox = processes.open();
    const heard: unknown[] = [];
    mailbox.exits.on(({ from, reason }) => heard.push([from, reason]));
    processes.disconnected();
    mailbox.monitor(theirs, (reason) => heard.push(reason));
    mailbox.monitor(theirs, () => heard.push('taken back'))();
    mailbox.link(theirs);
    expect(heard).toEqual([]);
    await Promise.resolve();
    expect(heard).toEqual([atom('noconnection'), [theirs, atom('noconnection')]]);
    expect(take().filter(({ op }) => op !== 'demonitor')).toEqual([]);
  });
});

describe('a monitor of ours', () => {
  function watching() {
    const { processes, take } = begin();
    const mailbox = processes.open();
    const reasons: Term[] = [];
    const cancel = mailbox.monitor(theirs, (reason) => reasons.push(reason));
    const [signal] = take();
    if (signal?.op !== 'monitor') throw new Error(`${signal?.op} was sent`);
    const down = () =>
      processes.handle({ ...signal, op: 'down', from: theirs, to: mailbox.pid, reason: atom('gone') });
    return { processes, mailbox, take, reasons, cancel, down, signal };
  }

  it('tells the reason once', () => {
    const { down, reasons, cancel, take } = watching();
    down();
    down();
    cancel();
    expect(reasons).toEqual([atom('gone')]);
    expect(take()).toEqual([]);
  });

  it('that was taken back tells nothing', () => {
    const { down, reasons, cancel, take, signal } = watching();
    cancel();
    cancel();
    down();
    expect(reasons).toEqual([]);
    expect(take()).toEqual([{ ...signal, op: 'demonitor' }]);
  });

  it('ends with the mailbox', () => {
    const { mailbox, down, reasons, take, signal } = watching();
    mailbox.close();
    expect(take()).toEqual([{ ...signal, op: 'demonitor' }]);
    down();
    expect(reasons).toEqual([]);
  });

  it('ends with the connection', () => {
    const { processes, reasons } = watching();
    processes.disconnected();
    expect(reasons).toEqual([atom('noconnection')]);
  });
});

describe('a node that wants to spawn processes here', () => {
  it('is told that it cannot', () => {
    const { processes, take } = begin();
    const target = tuple(atom('m'), atom('f'), 0);
    const request = { op: 'spawn_request', reference, from: theirs, groupLeader: theirs, target } as const;
    processes.handle({ ...request, options: [], args: [] });
    expect(take()).toEqual([{ op: 'spawn_reply', reference, to: theirs, flags: 0, result: atom('notsup') }]);
  });
});
