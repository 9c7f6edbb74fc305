import { Event } from '../kernel/index.ts';
import type { Links } from './links.ts';
import type { Monitors } from './monitors.ts';
import { type Atom, atom, type Pid, type Reference, type Term } from './term/index.ts';

/** What a mailbox does at the peer. */
interface MailboxOptions {
  send: (message: { from: Pid; to: Pid | Atom | Reference; message: Term }) => void;
  monitors: Monitors;
  links: Links;
  close: (pid: Pid, reason: Term) => void;
}

/**
 * What the peer takes for a process of ours: it has a pid, which can be sent to, watched and linked. Exit signals do not
 * end it, they are told (as to an Erlang process that traps exits).
 */
export class Mailbox {
  readonly pid: Pid;
  readonly messages = new Event<Term>();
  /** A linked process has ended, or somebody called `exit/2`. */
  readonly exits = new Event<{ from: Pid; reason: Term }>();
  private readonly options: MailboxOptions;

  constructor(pid: Pid, options: MailboxOptions) {
    this.pid = pid;
    this.options = options;
  }

  /** Sends to a pid, a registered name or an alias of the peer. What is not there takes it without a word. */
  send(to: Pid | Atom | Reference, message: Term): void {
    this.options.send({ from: this.pid, to, message });
  }

  /**
   * Calls `onDown` once, when the process has ended, was never there (`noproc`), or the connection is gone
   * (`noconnection`). The result ends the watch.
   */
  monitor(process: Pid | Atom, onDown: (reason: Term) => void): () => void {
    return this.options.monitors.watch({ from: this.pid, to: process, onDown });
  }

  /** The end of either is told to the other. */
  link(process: Pid): void {
    this.options.links.link(this.pid, process);
  }

  unlink(process: Pid): void {
    this.options.links.unlink(this.pid, process);
  }

  /** Who watches it or is linked to it is told the reason. */
  close(reason: Term = atom('normal')): void {
    this.options.close(this.pid, reason);
  }
}
