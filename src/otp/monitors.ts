// Erlang/OTP documentation, Distribution Protocol, section "Protocol between Connected Nodes": MONITOR_P, DEMONITOR_P and
// MONITOR_P_EXIT.
import { SlipwayError } from '../kernel/index.ts';
import type { Signal } from './control.ts';
import type { LocalNode } from './node.ts';
import { PerProcess } from './per-process.ts';
import { type Atom, atom, type Pid, type Reference, type Term } from './term/index.ts';

type SignalOf<Op extends Signal['op']> = Extract<Signal, { op: Op }>;

interface Options {
  node: LocalNode;
  send: (signal: SignalOf<'monitor' | 'demonitor' | 'down'>) => void;
  /** Whether a process of ours is there. */
  exists: (process: Pid | Atom) => boolean;
}

/** Far more than a node makes that means well. */
const MAX_MONITORS = 10_000;
const NOPROC = atom('noproc');
const NOCONNECTION = atom('noconnection');

/** A process of ours that watches one of the peer. */
interface Watch {
  from: Pid;
  to: Pid | Atom;
  reference: Reference;
  onDown: (reason: Term) => void;
}

/** Who on one side of a connection watches whom on the other. */
export class Monitors {
  private readonly options: Options;
  /** What each process of ours watches. */
  private readonly ours = new PerProcess<Watch>();
  /** Processes of the peer, by the process of ours that they watch. */
  private readonly theirs = new PerProcess<{ from: Pid; to: Pid | Atom; reference: Reference }>();
  private isConnected = true;

  constructor(options: Options) {
    this.options = options;
  }

  /**
   * Calls `onDown` once, when the process has ended, was never there (`noproc`), or the connection is gone
   * (`noconnection`). The result ends the watch.
   */
  watch(options: { from: Pid; to: Pid | Atom; onDown: (reason: Term) => void }): () => void {
    const { from, to } = options;
    const reference = this.options.node.newReference();
    this.ours.set(from, reference, { ...options, reference });
    if (this.isConnected) this.options.send({ op: 'monitor', from, to, reference });
    else queueMicrotask(() => this.tell(from, reference, NOCONNECTION));
    return () => {
      if (this.ours.take(from, reference)) this.options.send({ op: 'demonitor', from, to, reference });
    };
  }

  down({ to, reference, reason }: SignalOf<'down'>): void {
    this.tell(to, reference, reason);
  }

  /**
   * The peer watches a process of ours.
   * @throws SlipwayError `otp_disconnected` where the peer watches too many: the connection must end
   */
  watched({ from, to, reference }: SignalOf<'monitor'>): void {
    if (!this.options.exists(to))
      return this.options.send({ op: 'down', from: to, to: from, reference, reason: NOPROC });
    if (this.theirs.size >= MAX_MONITORS)
      throw new SlipwayError('otp_disconnected', {
        message: `the connection is lost: the node watches processes of ours ${MAX_MONITORS} times, and wants more`,
      });
    this.theirs.set(to, reference, { from, to, reference });
  }

  unwatched({ to, reference }: SignalOf<'demonitor'>): void {
    this.theirs.take(to, reference);
  }

  /** A process of ours has ended: it watches nobody, and those who watch it are told. */
  ended(process: Pid, reason: Term): void {
    for (const { from, to, reference } of this.ours.takeAllOf(process))
      this.options.send({ op: 'demonitor', from, to, reference });
    for (const { from, to, reference } of this.theirs.takeAllOf(process))
      this.options.send({ op: 'down', from: to, to: from, reference, reason });
  }

  disconnected(): void {
    this.isConnected = false;
    this.theirs.takeAll();
    for (const { onDown } of this.ours.takeAll()) onDown(NOCONNECTION);
  }

  private tell(watching: Pid, reference: Reference, reason: Term): void {
    this.ours.take(watching, reference)?.onDown(reason);
  }
}
