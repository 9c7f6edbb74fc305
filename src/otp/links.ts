// Erlang/OTP documentation, Distribution Protocol, section "Link Protocol": LINK, UNLINK_ID, UNLINK_ID_ACK and EXIT.
import { SlipwayError } from '../kernel/index.ts';
import type { Signal } from './control.ts';
import { PerProcess } from './per-process.ts';
import { atom, type Pid, type Term } from './term/index.ts';

type SignalOf<Op extends Signal['op']> = Extract<Signal, { op: Op }>;

interface Options {
  send: (signal: SignalOf<'link' | 'unlink' | 'unlink_ack' | 'exit'>) => void;
  /** Whether a process of ours is there. */
  exists: (pid: Pid) => boolean;
  /** A process of ours gets an exit signal: what it was linked to has ended. */
  onExit: (exit: { from: Pid; to: Pid; reason: Term }) => void;
}

/** Far more than a node makes that means well. */
const MAX_LINKS = 10_000;
const NOPROC = atom('noproc');
const NOCONNECTION = atom('noconnection');

/** Processes of ours and of the peer that are linked. */
export class Links {
  private readonly options: Options;
  private readonly links = new PerProcess<{ ours: Pid; theirs: Pid }>();
  private unlinks = 0;
  private isConnected = true;

  constructor(options: Options) {
    this.options = options;
  }

  link(ours: Pid, theirs: Pid): void {
    if (this.links.has(ours, theirs)) return;
    this.links.set(ours, theirs, { ours, theirs });
    if (this.isConnected) this.options.send({ op: 'link', from: ours, to: theirs });
    else queueMicrotask(() => this.broken({ op: 'exit', from: theirs, to: ours, reason: NOCONNECTION }));
  }

  /** What `theirs` sent before it has seen this is let fall, so the acknowledgement need not be waited for. */
  unlink(ours: Pid, theirs: Pid): void {
    if (!this.links.take(ours, theirs)) return;
    this.unlinks += 1;
    this.options.send({ op: 'unlink', id: this.unlinks, from: ours, to: theirs });
  }

  /** @throws SlipwayError `otp_disconnected` where the peer makes too many: the connection must end */
  linked({ from, to }: SignalOf<'link'>): void {
    if (!this.options.exists(to))
      return this.options.send({ op: 'exit', from: to, to: from, reason: NOPROC });
    if (this.links.size >= MAX_LINKS)
      throw new SlipwayError('otp_disconnected', {
        message: `the connection is lost: the node has made ${MAX_LINKS} links to processes of ours, and wants more`,
      });
    this.links.set(to, from, { ours: to, theirs: from });
  }

  /** The peer takes the link for active until it has the acknowledgement. */
  unlinked({ id, from, to }: SignalOf<'unlink'>): void {
    this.links.take(to, from);
    if (id !== null) this.options.send({ op: 'unlink_ack', id, from: to, to: from });
  }

  broken({ from, to, reason }: SignalOf<'exit'>): void {
    if (this.links.take(to, from)) this.options.onExit({ from, to, reason });
  }

  /** A process of ours has ended. */
  ended(process: Pid, reason: Term): void {
    for (const { ours, theirs } of this.links.takeAllOf(process))
      this.options.send({ op: 'exit', from: ours, to: theirs, reason });
  }

  disconnected(): void {
    this.isConnected = false;
    for (const { ours, theirs } of this.links.takeAll())
      this.options.onExit({ from: theirs, to: ours, reason: NOCONNECTION });
  }
}
