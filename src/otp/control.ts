// Erlang/OTP documentation, Distribution Protocol, section "Protocol between Connected Nodes": the control messages.
// Erlang calls what processes send each other signals; several control messages stand for one signal (with or without a
// trace token, the reason within or behind it). Any of them is read, the newest is written.
import { SlipwayError } from '../kernel/index.ts';
import { Atom, atom, format, Pid, Reference, type Term, Tuple, tuple } from './term/index.ts';

export type Signal =
  | { op: 'send'; from: Pid | null; to: Pid | Atom | Reference; message: Term }
  | { op: 'link'; from: Pid; to: Pid }
  /** `id` is null from a node without UNLINK_ID, which waits for no acknowledgement. */
  | { op: 'unlink'; id: number | bigint | null; from: Pid; to: Pid }
  | { op: 'unlink_ack'; id: number | bigint; from: Pid; to: Pid }
  /** A link has broken: `from` ended. */
  | { op: 'exit'; from: Pid; to: Pid; reason: Term }
  /** `exit/2` was called. */
  | { op: 'exit2'; from: Pid; to: Pid; reason: Term }
  | { op: 'monitor'; from: Pid; to: Pid | Atom; reference: Reference }
  | { op: 'demonitor'; from: Pid; to: Pid | Atom; reference: Reference }
  /** A monitored process ended. */
  | { op: 'down'; from: Pid | Atom; to: Pid; reference: Reference; reason: Term }
  | SpawnRequest
  /** `result`: the new process, or why there is none. */
  | { op: 'spawn_reply'; reference: Reference; to: Pid; flags: number; result: Pid | Atom }
  /** Read so that they can be left out: group leaders of ours never change, and what is new in later versions. */
  | { op: 'ignored'; code: number };

/** What we may send. */
export type Outgoing = Exclude<Signal, { op: 'ignored' }>;

export interface SpawnRequest {
  op: 'spawn_request';
  reference: Reference;
  from: Pid;
  groupLeader: Pid;
  /** `{Module, Function, Arity}` */
  target: Tuple;
  options: Term;
  args: Term;
}

/** A control message, and what follows it in the same frame. */
export interface Control {
  control: Term;
  payload?: Term;
}

const UNUSED = atom('');

export function toControl(signal: Outgoing): Control {
  switch (signal.op) {
    case 'send':
      return sendControl(signal);
    case 'link':
      return { control: tuple(1, signal.from, signal.to) };
    case 'unlink':
      if (signal.id === null) return { control: tuple(4, signal.from, signal.to) };
      return { control: tuple(35, signal.id, signal.from, signal.to) };
    case 'unlink_ack':
      return { control: tuple(36, signal.id, signal.from, signal.to) };
    case 'exit':
      return { control: tuple(24, signal.from, signal.to), payload: signal.reason };
    case 'exit2':
      return { control: tuple(26, signal.from, signal.to), payload: signal.reason };
    case 'monitor':
      return { control: tuple(19, signal.from, signal.to, signal.reference) };
    case 'demonitor':
      return { control: tuple(20, signal.from, signal.to, signal.reference) };
    case 'down':
      return { control: tuple(28, signal.from, signal.to, signal.reference), payload: signal.reason };
    case 'spawn_request':
      return {
        control: tuple(
          ...[29, signal.reference, signal.from, signal.groupLeader, signal.target, signal.options],
        ),
        payload: signal.args,
      };
    case 'spawn_reply':
      return { control: tuple(31, signal.reference, signal.to, signal.flags, signal.result) };
  }
}

function sendControl({ from, to, message }: Extract<Signal, { op: 'send' }>): Control {
  if (to instanceof Pid) {
    const control = from ? tuple(22, from, to) : tuple(2, UNUSED, to);
    return { control, payload: message };
  }
  if (!from) throw new TypeError('a message to a name or an alias has a sender');
  const control = to instanceof Atom ? tuple(6, from, UNUSED, to) : tuple(33, from, to);
  return { control, payload: message };
}

/** @throws SlipwayError `term_malformed` */
export function fromControl({ control, payload }: Control): Signal {
  const fields = new Fields(control);
  const followed = () => payload ?? fields.refuse('nothing follows it');
  const code = fields.integer(0);
  switch (code) {
    case 1: // LINK
      return { op: 'link', from: fields.pid(1), to: fields.pid(2) };
    case 2: // SEND
    case 12: // SEND_TT
      return { op: 'send', from: null, to: fields.pid(2), message: followed() };
    case 22: // SEND_SENDER
    case 23: // SEND_SENDER_TT
      return { op: 'send', from: fields.pid(1), to: fields.pid(2), message: followed() };
    case 6: // REG_SEND
    case 16: // REG_SEND_TT
      return { op: 'send', from: fields.pid(1), to: fields.name(3), message: followed() };
    case 33: // ALIAS_SEND
    case 34: // ALIAS_SEND_TT
      return { op: 'send', from: fields.pid(1), to: fields.reference(2), message: followed() };
    case 3: // EXIT
      return { op: 'exit', from: fields.pid(1), to: fields.pid(2), reason: fields.any(3) };
    case 13: // EXIT_TT
      return { op: 'exit', from: fields.pid(1), to: fields.pid(2), reason: fields.any(4) };
    case 24: // PAYLOAD_EXIT
    case 25: // PAYLOAD_EXIT_TT
      return { op: 'exit', from: fields.pid(1), to: fields.pid(2), reason: followed() };
    case 8: // EXIT2
      return { op: 'exit2', from: fields.pid(1), to: fields.pid(2), reason: fields.any(3) };
    case 18: // EXIT2_TT
      return { op: 'exit2', from: fields.pid(1), to: fields.pid(2), reason: fields.any(4) };
    case 26: // PAYLOAD_EXIT2
    case 27: // PAYLOAD_EXIT2_TT
      return { op: 'exit2', from: fields.pid(1), to: fields.pid(2), reason: followed() };
    case 4: // UNLINK
      return { op: 'unlink', id: null, from: fields.pid(1), to: fields.pid(2) };
    case 35: // UNLINK_ID
      return { op: 'unlink', id: fields.integer(1), from: fields.pid(2), to: fields.pid(3) };
    case 36: // UNLINK_ID_ACK
      return { op: 'unlink_ack', id: fields.integer(1), from: fields.pid(2), to: fields.pid(3) };
    case 19: // MONITOR_P
      return { op: 'monitor', from: fields.pid(1), to: fields.process(2), reference: fields.reference(3) };
    case 20: // DEMONITOR_P
      return { op: 'demonitor', from: fields.pid(1), to: fields.process(2), reference: fields.reference(3) };
    case 21: // MONITOR_P_EXIT
      return down(fields, fields.any(4));
    case 28: // PAYLOAD_MONITOR_P_EXIT
      return down(fields, followed());
    case 29: // SPAWN_REQUEST
    case 30: // SPAWN_REQUEST_TT
      return spawnRequest(fields, followed());
    case 31: // SPAWN_REPLY
    case 32: // SPAWN_REPLY_TT
      return spawnReply(fields);
    default: // 5 NODE_LINK, 7 GROUP_LEADER, 37 ALTACT_SIG_SEND (not offered), and what is to come
      return { op: 'ignored', code: Number(code) };
  }
}

function down(fields: Fields, reason: Term): Signal {
  const [from, to, reference] = [fields.process(1), fields.pid(2), fields.reference(3)];
  return { op: 'down', from, to, reference, reason };
}

function spawnRequest(fields: Fields, args: Term): Signal {
  const [reference, from, groupLeader] = [fields.reference(1), fields.pid(2), fields.pid(3)];
  const [target, options] = [fields.tuple(4), fields.any(5)];
  return { op: 'spawn_request', reference, from, groupLeader, target, options, args };
}

function spawnReply(fields: Fields): Signal {
  const [reference, to, flags, result] = [
    fields.reference(1),
    fields.pid(2),
    fields.integer(3),
    fields.process(4),
  ];
  return { op: 'spawn_reply', reference, to, flags: Number(flags), result };
}

/** The fields of a control message, each checked as it is taken. */
class Fields {
  private readonly elements: readonly Term[];

  constructor(control: Term) {
    this.elements = control instanceof Tuple ? control.elements : [];
    if (this.elements.length === 0) this.refuse('no control message');
  }

  any(at: number): Term {
    return this.elements[at] ?? this.refuse(`field ${at} is missing`);
  }

  integer(at: number): number | bigint {
    const value = this.elements[at];
    return typeof value === 'number' || typeof value === 'bigint' ? value : this.refuse(`field ${at}`);
  }

  pid(at: number): Pid {
    const value = this.elements[at];
    return value instanceof Pid ? value : this.refuse(`field ${at}`);
  }

  name(at: number): Atom {
    const value = this.elements[at];
    return value instanceof Atom ? value : this.refuse(`field ${at}`);
  }

  process(at: number): Pid | Atom {
    const value = this.elements[at];
    return value instanceof Pid || value instanceof Atom ? value : this.refuse(`field ${at}`);
  }

  reference(at: number): Reference {
    const value = this.elements[at];
    return value instanceof Reference ? value : this.refuse(`field ${at}`);
  }

  tuple(at: number): Tuple {
    const value = this.elements[at];
    return value instanceof Tuple ? value : this.refuse(`field ${at}`);
  }

  refuse(what: string): never {
    const shown = format(new Tuple(this.elements), { maxLength: 200 });
    throw new SlipwayError('term_malformed', { message: `malformed control message (${what}): ${shown}` });
  }
}
