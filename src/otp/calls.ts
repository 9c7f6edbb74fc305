import type { Event, SlipwayError } from '../kernel/index.ts';
import { CallError } from './call-error.ts';
import type { Outgoing, Signal } from './control.ts';
import { type CallOutcome, erpcOutcome, erpcRefused, erpcRequest } from './erpc.ts';
import { serveIo } from './group-leader.ts';
import type { Mailbox } from './mailbox.ts';
import type { LocalNode } from './node.ts';
import { PendingCalls } from './pending-calls.ts';
import type { Processes } from './processes.ts';
import type { RemoteCall } from './remote-call.ts';
import { REX, rexCall, rpcFailure } from './rpc.ts';
import { atom, Pid, Reference, type Term, Tuple } from './term/index.ts';

export interface CallOptions {
  /** Default: 60 s. */
  timeoutMs?: number;
  /** Stops waiting; what was called goes on. */
  signal?: AbortSignal;
  /**
   * Gets what the function writes (`io:format`), before the call resolves; what it throws, the call rejects with. Without it,
   * it goes where the VM's own output goes.
   */
  onOutput?: (text: string) => void;
}

interface Options {
  peer: string;
  node: LocalNode;
  processes: Processes;
  send: (signal: Outgoing) => void;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const ERLANG = atom('erlang');
const WHEREIS = atom('whereis');
const USER = atom('user');

/** Calls of functions on the peer, by rpc and by erpc. */
export class Calls {
  private readonly options: Options;
  private readonly pending: PendingCalls;
  private readonly self: Mailbox;
  /** The first one was made, or the last one ended. */
  readonly turnedBusyOrIdle: Event<void>;
  /** The process registered as `user`, once it is known. */
  private user: Pid | null = null;

  constructor(options: Options) {
    this.options = options;
    this.pending = new PendingCalls(options.peer);
    this.turnedBusyOrIdle = this.pending.turnedBusyOrIdle;
    this.self = options.processes.open();
    this.self.messages.on((message) => this.answered(message));
  }

  rpc(call: RemoteCall, options: CallOptions): Promise<Term> {
    const { onOutput } = options;
    return onOutput
      ? this.collecting(onOutput, (groupLeader) => this.sendRpc(call, { groupLeader, ...options }))
      : this.sendRpc(call, { groupLeader: null, ...options });
  }

  erpc(call: RemoteCall, options: CallOptions): Promise<Term> {
    const { onOutput } = options;
    const send = (groupLeader: Pid) => this.sendErpc(call, { groupLeader, ...options });
    if (onOutput) return this.collecting(onOutput, send);
    if (this.user) return send(this.user);
    // While the VM starts there is no `user` yet: then nobody gets the output.
    return this.findUser(options).then((user) => (user ? send(user) : this.collecting(() => {}, send)));
  }

  /** True where the signal was the end of a call that is waited for. */
  handle(signal: Signal): boolean {
    if (signal.op === 'down')
      return this.settle(signal.reference, (call) => erpcOutcome(signal.reason, call));
    if (signal.op !== 'spawn_reply') return false;
    const { reference, result } = signal;
    if (!(result instanceof Pid)) return this.settle(reference, () => erpcRefused(result));
    this.begun(reference, result);
    return true;
  }

  /** How many wait for their answer. */
  get waiting(): number {
    return this.pending.size;
  }

  rejectAll(error: SlipwayError): void {
    this.pending.rejectAll(error);
  }

  private sendRpc(call: RemoteCall, options: CallOptions & { groupLeader: Pid | null }): Promise<Term> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    const reference = this.options.node.newReference();
    const { groupLeader } = options;
    this.self.send(REX, rexCall(call, { from: this.self.pid, reference, groupLeader }));
    return this.answerTo(reference, call, options);
  }

  private sendErpc(call: RemoteCall, options: CallOptions & { groupLeader: Pid }): Promise<Term> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    const reference = this.options.node.newReference();
    const { groupLeader } = options;
    this.options.send(erpcRequest(call, { from: this.self.pid, reference, groupLeader }));
    return this.answerTo(reference, call, options);
  }

  private answerTo(reference: Reference, call: RemoteCall, options: CallOptions): Promise<Term> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
    return this.pending.open(this.keyOf(reference), call, { timeoutMs, signal });
  }

  /** `{Ref, Reply}` from `rex` */
  private answered(message: Term): void {
    const [tag, reply] = message instanceof Tuple ? message.elements : [];
    if (!(tag instanceof Reference) || reply === undefined) return;
    this.settle(tag, (call) => {
      const failure = rpcFailure(reply, call);
      return failure ? { failure } : { value: reply };
    });
  }

  private settle(reference: Reference, outcomeOf: (call: RemoteCall) => CallOutcome): boolean {
    const call = this.pending.take(this.keyOf(reference));
    if (!call) return false;
    const outcome = outcomeOf(call);
    if ('value' in outcome) call.resolve(outcome.value);
    else call.reject(new CallError(outcome.failure, { call, peer: this.options.peer }));
    return true;
  }

  /** An erpc runs in this process, which is watched for its result: until nobody waits for that any more. */
  private begun(reference: Reference, process: Pid): void {
    const from = this.self.pid;
    const unwatch = () => this.options.send({ op: 'demonitor', from, to: process, reference });
    const call = this.pending.get(this.keyOf(reference));
    if (call) call.onAbandoned = unwatch;
    else unwatch();
  }

  private keyOf(reference: Reference): number {
    return this.options.node.keyOfReference(reference) ?? Number.NaN;
  }

  /** A group leader of erpc is a pid. */
  private async findUser({ timeoutMs, signal }: CallOptions): Promise<Pid | null> {
    const limits = { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(signal ? { signal } : {}) };
    const user = await this.rpc({ module: ERLANG, fn: WHEREIS, args: [USER] }, limits);
    this.user = user instanceof Pid ? user : null;
    return this.user;
  }

  private async collecting(
    write: (text: string) => void,
    call: (groupLeader: Pid) => Promise<Term>,
  ): Promise<Term> {
    const failed = Promise.withResolvers<never>();
    const groupLeader = this.groupLeader((text) => {
      try {
        write(text);
      } catch (error) {
        failed.reject(error);
      }
    });
    try {
      return await Promise.race([call(groupLeader.pid), failed.promise]);
    } finally {
      groupLeader.close();
    }
  }

  private groupLeader(write: (text: string) => void): Mailbox {
    const mailbox = this.options.processes.open();
    serveIo(mailbox, { write, apply: (module, fn, args) => this.rpc({ module, fn, args }, {}) });
    return mailbox;
  }
}
