import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fromControl, type Signal } from '../../../src/otp/control.ts';
import { LocalNode } from '../../../src/otp/node.ts';
import { FrameWriter, readSignal } from '../../../src/otp/pass-through.ts';
import { atom, Binary, encode, Pid, Reference, type Term, tuple } from '../../../src/otp/term/index.ts';

const ours = new LocalNode('ours@host').newPid();
const theirs = new Pid(atom('theirs@host'), 95, 3, 0x12345678);
const reference = new Reference(atom('theirs@host'), 0x12345678, [1, 2, 3]);
const name = atom('net_kernel');
const token = tuple(0, 1, theirs, 2, 3);
const unused = atom('');
const reason = tuple(atom('shutdown'), 1);

const SIGNALS: Exclude<Signal, { op: 'ignored' }>[] = [
  { op: 'send', from: null, to: theirs, message: 1 },
  { op: 'send', from: ours, to: theirs, message: [1, 2] },
  { op: 'send', from: ours, to: name, message: atom('hello') },
  { op: 'send', from: ours, to: reference, message: 0 },
  { op: 'link', from: ours, to: theirs },
  { op: 'unlink', id: null, from: ours, to: theirs },
  { op: 'unlink', id: 2n ** 63n, from: ours, to: theirs },
  { op: 'unlink_ack', id: 7, from: ours, to: theirs },
  { op: 'exit', from: ours, to: theirs, reason },
  { op: 'exit2', from: ours, to: theirs, reason },
  { op: 'monitor', from: ours, to: theirs, reference },
  { op: 'monitor', from: ours, to: name, reference },
  { op: 'demonitor', from: ours, to: name, reference },
  { op: 'down', from: theirs, to: ours, reference, reason },
  { op: 'down', from: name, to: ours, reference, reason: atom('noproc') },
  {
    op: 'spawn_request',
    reference,
    from: ours,
    groupLeader: theirs,
    target: tuple(atom('erpc'), atom('execute_call'), 4),
    options: [atom('monitor')],
    args: [1],
  },
  { op: 'spawn_reply', reference, to: ours, flags: 2, result: theirs },
  { op: 'spawn_reply', reference, to: ours, flags: 0, result: atom('notsup') },
];

describe('a signal', () => {
  it.each(SIGNALS.map((signal) => [signal.op, signal] as const))(
    '%s is read as it was written',
    (_, signal) => {
      const writer = new FrameWriter();
      expect(readSignal(writer.write(signal))).toEqual(signal);
    },
  );
});

describe('frames that are written one after the other', () => {
  it('stay as they were written, small and large', () => {
    const writer = new FrameWriter();
    const message = (i: number) => Binary.of(Buffer.alloc(i % 50 === 0 ? 100_000 : i % 700, i));
    const frames = Array.from({ length: 500 }, (_, i) =>
      writer.write({ op: 'send', from: ours, to: theirs, message: message(i) }),
    );
    frames.forEach((frame, i) => {
      const signal = readSignal(frame);
      const got = signal.op === 'send' && signal.message instanceof Binary ? signal.message.bytes : null;
      expect(got && Buffer.from(got).equals(message(i).bytes), `frame ${i}`).toBe(true);
    });
  });
});

describe('what an Erlang node may send', () => {
  const forms: [string, Term, Term | null, Partial<Signal>][] = [
    ['LINK', tuple(1, theirs, ours), null, { op: 'link', from: theirs, to: ours }],
    ['SEND', tuple(2, unused, ours), 5, { op: 'send', from: null, to: ours, message: 5 }],
    ['EXIT', tuple(3, theirs, ours, reason), null, { op: 'exit', from: theirs, to: ours, reason }],
    ['UNLINK', tuple(4, theirs, ours), null, { op: 'unlink', id: null, from: theirs, to: ours }],
    ['REG_SEND', tuple(6, theirs, unused, name), 5, { op: 'send', from: theirs, to: name, message: 5 }],
    ['EXIT2', tuple(8, theirs, ours, reason), null, { op: 'exit2', reason }],
    ['SEND_TT', tuple(12, unused, ours, token), 5, { op: 'send', from: null, to: ours, message: 5 }],
    ['EXIT_TT', tuple(13, theirs, ours, token, reason), null, { op: 'exit', reason }],
    ['REG_SEND_TT', tuple(16, theirs, unused, name, token), 5, { op: 'send', to: name, message: 5 }],
    ['EXIT2_TT', tuple(18, theirs, ours, token, reason), null, { op: 'exit2', reason }],
    [
      'MONITOR_P',
      tuple(19, theirs, name, reference),
      null,
      { op: 'monitor', from: theirs, to: name, reference },
    ],
    ['DEMONITOR_P', tuple(20, theirs, ours, reference), null, { op: 'demonitor', to: ours, reference }],
    ['MONITOR_P_EXIT', tuple(21, theirs, ours, reference, reason), null, { op: 'down', reference, reason }],
    ['SEND_SENDER', tuple(22, theirs, ours), 5, { op: 'send', from: theirs, to: ours, message: 5 }],
    ['SEND_SENDER_TT', tuple(23, theirs, ours, token), 5, { op: 'send', from: theirs, message: 5 }],
    ['PAYLOAD_EXIT', tuple(24, theirs, ours), reason, { op: 'exit', reason }],
    ['PAYLOAD_EXIT_TT', tuple(25, theirs, ours, token), reason, { op: 'exit', reason }],
    ['PAYLOAD_EXIT2', tuple(26, theirs, ours), reason, { op: 'exit2', reason }],
    ['PAYLOAD_EXIT2_TT', tuple(27, theirs, ours, token), reason, { op: 'exit2', reason }],
    ['PAYLOAD_MONITOR_P_EXIT', tuple(28, theirs, ours, reference), reason, { op: 'down', reference, reason }],
    [
      'SPAWN_REQUEST_TT',
      tuple(30, reference, theirs, theirs, tuple(name, name, 0), [], token),
      [],
      { op: 'spawn_request', reference, args: [] },
    ],
    ['SPAWN_REPLY', tuple(31, reference, ours, 2, theirs), null, { op: 'spawn_reply', result: theirs }],
    ['SPAWN_REPLY_TT', tuple(32, reference, ours, 2, theirs, token), null, { op: 'spawn_reply', flags: 2 }],
    ['ALIAS_SEND', tuple(33, theirs, reference), 5, { op: 'send', to: reference, message: 5 }],
    ['ALIAS_SEND_TT', tuple(34, theirs, reference, token), 5, { op: 'send', to: reference, message: 5 }],
    ['UNLINK_ID', tuple(35, 9, theirs, ours), null, { op: 'unlink', id: 9, from: theirs, to: ours }],
    ['UNLINK_ID_ACK', tuple(36, 9, theirs, ours), null, { op: 'unlink_ack', id: 9 }],
    ['GROUP_LEADER', tuple(7, theirs, ours), null, { op: 'ignored', code: 7 }],
    ['an operation of a later version', tuple(99, atom('new')), 5, { op: 'ignored', code: 99 }],
  ];

  it.each(forms)('%s is understood', (_, control, payload, expected) => {
    expect(fromControl(payload === null ? { control } : { control, payload })).toMatchObject(expected);
  });
});

describe('what no Erlang node sends', () => {
  it.each<[string, Term, Term | null]>([
    ['no tuple', 1, null],
    ['an empty tuple', tuple(), null],
    ['an operation that is no number', tuple(atom('link'), theirs, ours), null],
    ['a LINK without its second pid', tuple(1, theirs), null],
    ['a LINK to a name', tuple(1, theirs, name), null],
    ['a MONITOR_P without a reference', tuple(19, theirs, ours, 1), null],
    ['a REG_SEND to a pid', tuple(6, theirs, unused, ours), 5],
    ['a SEND that no message follows', tuple(2, unused, ours), null],
    ['an EXIT without a reason', tuple(3, theirs, ours), null],
    ['a SPAWN_REQUEST of no function', tuple(29, reference, theirs, theirs, 1, []), []],
  ])('%s is refused', (_, control, payload) => {
    expect(() => fromControl(payload === null ? { control } : { control, payload })).toThrow(
      expect.objectContaining({ code: 'term_malformed' }),
    );
  });

  const frame = Buffer.from(
    new FrameWriter().write({ op: 'send', from: ours, to: theirs, message: [atom('a'), 2] }),
  );

  it('a frame cut short is refused at every byte', () => {
    for (let length = 1; length < frame.length; length++)
      expect(() => readSignal(frame.subarray(0, length)), `${length} bytes`).toThrow(
        expect.objectContaining({ code: 'term_malformed' }),
      );
  });

  it('a frame of another type, or with bytes behind its message, is refused', () => {
    expect(() => readSignal(Buffer.concat([Buffer.of(68), frame.subarray(1)]))).toThrow(/type 68/);
    expect(() => readSignal(Buffer.concat([frame, Buffer.of(0)]))).toThrow(/1 bytes follow/);
  });
});

describe('a compressed term', () => {
  const compressed = (term: Term) => {
    const bytes = encode(term).subarray(1);
    const head = Buffer.from([131, 80, 0, 0, 0, 0]);
    head.writeUInt32BE(bytes.length, 2);
    return Buffer.concat([head, zlib.deflateSync(bytes)]);
  };
  const control = tuple(22, theirs, ours);
  const plain = Buffer.from(encode(control));

  it.each([
    ['as a control message', Buffer.concat([Buffer.of(112), compressed(control), Buffer.of(131, 106)])],
    ['as a message', Buffer.concat([Buffer.of(112), plain, compressed(Array(1000).fill(1))])],
  ])('%s is refused before it is inflated', (_, frame) => {
    expect(() => readSignal(frame)).toThrow('more than the 0 allowed');
  });
});
