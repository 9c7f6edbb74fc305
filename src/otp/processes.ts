import { Event } from '../kernel/index.ts';
import type { Outgoing, Signal } from './control.ts';
import { Links } from './links.ts';
import { Mailbox } from './mailbox.ts';
import { Monitors } from './monitors.ts';
import { answerAsNetKernel, NET_KERNEL } from './net-kernel.ts';
import type { LocalNode } from './node.ts';
import { Atom, atom, Pid, type Term } from './term/index.ts';

interface Options {
  node: LocalNode;
  send: (signal: Outgoing) => void;
}

const NOTSUP = atom('notsup');

/** Our processes as one peer sees them: mailboxes, `net_kernel`, and who watches or is linked to whom. */
export class Processes {
  readonly monitors: Monitors;
  readonly links: Links;
  /** A mailbox was opened or closed. */
  readonly mailboxesChanged = new Event<void>();
  private readonly options: Options;
  private readonly mailboxes = new Map<number, Mailbox>();
  private readonly netKernel: Pid;

  constructor({ node, send }: Options) {
    this.options = { node, send };
    this.netKernel = node.newPid();
    const exists = (process: Pid | Atom) => process === NET_KERNEL || this.find(process) !== undefined;
    this.monitors = new Monitors({ node, send, exists });
    this.links = new Links({
      send,
      exists,
      onExit: ({ from, to, reason }) => this.find(to)?.exits.emit({ from, reason }),
    });
  }

  open(): Mailbox {
    const pid = this.options.node.newPid();
    const mailbox = new Mailbox(pid, {
      send: (message) => this.options.send({ op: 'send', ...message }),
      monitors: this.monitors,
      links: this.links,
      close: (ended, reason) => this.end(ended, reason),
    });
    this.mailboxes.set(this.keyOf(pid), mailbox);
    this.mailboxesChanged.emit();
    return mailbox;
  }

  /** How many mailboxes there are. */
  get opened(): number {
    return this.mailboxes.size;
  }

  /** What a peer asks of processes that we do not have is left out, or refused where it waits for an answer. */
  handle(signal: Signal): void {
    switch (signal.op) {
      case 'send':
        return this.deliver(signal);
      case 'exit':
        return this.links.broken(signal);
      case 'exit2':
        return this.find(signal.to)?.exits.emit(signal);
      case 'link':
        return this.links.linked(signal);
      case 'unlink':
        return this.links.unlinked(signal);
      case 'monitor':
        return this.monitors.watched(signal);
      case 'demonitor':
        return this.monitors.unwatched(signal);
      case 'down':
        return this.monitors.down(signal);
      case 'spawn_request': {
        const { reference, from } = signal;
        return this.options.send({ op: 'spawn_reply', reference, to: from, flags: 0, result: NOTSUP });
      }
      case 'unlink_ack':
      case 'spawn_reply':
      case 'ignored':
    }
  }

  disconnected(): void {
    this.monitors.disconnected();
    this.links.disconnected();
  }

  private deliver({ to, message }: Extract<Signal, { op: 'send' }>): void {
    if (to instanceof Pid) return this.find(to)?.messages.emit(message);
    if (to !== NET_KERNEL) return;
    const answer = answerAsNetKernel(message, this.netKernel);
    if (answer) this.options.send(answer);
  }

  private end(pid: Pid, reason: Term): void {
    if (!this.mailboxes.delete(this.keyOf(pid))) return;
    this.mailboxesChanged.emit();
    this.monitors.ended(pid, reason);
    this.links.ended(pid, reason);
  }

  private find(process: Pid | Atom): Mailbox | undefined {
    return process instanceof Atom ? undefined : this.mailboxes.get(this.keyOf(process));
  }

  private keyOf(pid: Pid): number {
    return this.options.node.keyOfPid(pid) ?? Number.NaN;
  }
}
