import { type Clock, messageOf, SlipwayError, systemClock, unawaited } from '../kernel/index.ts';
import { type CallOptions, Calls } from './calls.ts';
import { openLink } from './connect.ts';
import type { Outgoing, Signal } from './control.ts';
import { MAX_FRAME_BYTES } from './frame.ts';
import { KeepAlive } from './keep-alive.ts';
import type { Link } from './link.ts';
import type { Mailbox } from './mailbox.ts';
import { LocalNode } from './node.ts';
import { FrameWriter, readSignal } from './pass-through.ts';
import { Processes } from './processes.ts';
import { atom, type Term } from './term/index.ts';
import { DEFAULT_RHYTHM, netTickTimeMs, rhythmFor, type TickRhythm } from './ticks.ts';
import type { TlsOptions } from './tls.ts';

export interface ConnectOptions {
  /** Our own name, `name@host`. Nothing need be registered for it. */
  local: string;
  /** The node to connect to, `name@host`. */
  peer: string;
  cookie: string;
  tls: TlsOptions | null;
  /** Default: ERL_EPMD_PORT, else 4369. */
  epmdPort?: number;
  /** The look-up, the connection and the handshake have so long together. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** A message of the peer's may be so long, and so much may wait to be sent to it; more is its end. Default: 256 MiB. */
  maxFrameBytes?: number;
  /** Default: a tick every 15 s, and the peer is dead after four without a sign of life. */
  ticks?: TickRhythm;
}

interface Parts {
  link: Link;
  node: LocalNode;
  ticks: TickRhythm;
  clock: Clock;
  maxWaitingBytes: number;
}

interface NamedCall {
  module: string;
  fn: string;
  args: readonly Term[];
  options: CallOptions;
}

const SILENT = 'nothing came for so long that the node must be stopped or out of reach';

/** A node may be busy with its start. */
const ASKING_RHYTHM_MS = 10_000;

const FLOODING = 'it sends more than a node does that was asked nothing';

/** A node that was asked nothing sends pings, and what becomes of processes that are watched. */
const UNASKED_FRAME_BYTES = 64 * 1024;
const UNASKED_BYTES = 4 * 1024 ** 2;
const UNASKED_COST_BYTES = 256;
const UNASKED_WINDOW_MS = 10_000;
/** That of the calls. */
const OWN_MAILBOXES = 1;

const DEAF = 'it takes nothing any more, and too much waits to be sent to it';

/** A connection to an Erlang node, as a hidden node. */
export class Connection {
  /** `name@host` */
  readonly peer: string;
  /** Resolves when the connection is gone, whoever closed it, with what the calls under way were rejected with. */
  readonly closed: Promise<SlipwayError>;
  private readonly link: Link;
  private readonly maxWaitingBytes: number;
  private readonly processes: Processes;
  private readonly calls: Calls;
  private readonly keepAlive: KeepAlive;
  private readonly frames = new FrameWriter();
  private readonly resolveClosed: (error: SlipwayError) => void;
  private end: SlipwayError | null = null;
  private readonly maxFrameBytes: number;
  /** What came while nothing was asked, since `unaskedSince`. */
  private unaskedBytes = 0;
  private unaskedSince = systemClock.monotonicMs();

  /** @throws SlipwayError `otp_unreachable`, `otp_cookie`, `otp_refused`, `otp_name`, `otp_tls`, `otp_timeout` */
  static async open({ ticks = DEFAULT_RHYTHM, local, ...target }: ConnectOptions): Promise<Connection> {
    const node = new LocalNode(local);
    const link = await openLink({ ...target, local: node });
    const { maxFrameBytes: maxWaitingBytes = MAX_FRAME_BYTES } = target;
    const connection = new Connection({ link, node, ticks, clock: systemClock, maxWaitingBytes });
    unawaited(
      connection.followRhythm(ticks),
      `${connection.peer}: the question how often it is to be told that we live`,
    );
    return connection;
  }

  private constructor({ link, node, ticks, clock, maxWaitingBytes }: Parts) {
    this.peer = link.peer.name;
    this.link = link;
    this.maxWaitingBytes = maxWaitingBytes;
    this.maxFrameBytes = maxWaitingBytes;
    const closed = Promise.withResolvers<SlipwayError>();
    this.closed = closed.promise;
    this.resolveClosed = closed.resolve;
    const send = (signal: Outgoing) => this.send(signal);
    this.processes = new Processes({ node, send });
    this.calls = new Calls({ peer: this.peer, node, processes: this.processes, send });
    this.processes.mailboxesChanged.on(() => this.limitFrames());
    this.calls.turnedBusyOrIdle.on(() => this.limitFrames());
    this.limitFrames();
    this.keepAlive = new KeepAlive({ link, clock, rhythm: ticks, onDead: () => this.abort(SILENT) });
    link.onFrame((frame) => this.receive(frame));
    const afterwards = async () => {
      const { error } = await link.closed;
      this.ended(error ?? this.disconnected('closed by us'));
    };
    unawaited(afterwards(), `${this.peer}: the end of the connection`);
  }

  /**
   * Calls `module:fn(...args)` there by rpc, which takes what is thrown for what is returned.
   * @throws CallError (`otp_call`); SlipwayError `otp_timeout`, `otp_disconnected`
   */
  rpc(module: string, fn: string, args: readonly Term[], options: CallOptions = {}): Promise<Term> {
    return this.call('rpc', { module, fn, args, options });
  }

  /**
   * Calls `module:fn(...args)` there by erpc, which tells what is returned from what is thrown, and an error from an exit.
   * @throws CallError (`otp_call`); SlipwayError `otp_timeout`, `otp_disconnected`
   */
  erpc(module: string, fn: string, args: readonly Term[], options: CallOptions = {}): Promise<Term> {
    return this.call('erpc', { module, fn, args, options });
  }

  /**
   * A process of ours, for messages, monitors and links.
   * @throws SlipwayError `otp_disconnected`
   */
  openMailbox(): Mailbox {
    if (this.end) throw this.end;
    return this.processes.open();
  }

  /** What was sent goes out first. */
  close(): void {
    this.link.close();
    this.ended(this.disconnected('closed by us'));
  }

  /** This is not async: that would be another promise for each call, and some turns more until it resolves. */
  private call(way: 'rpc' | 'erpc', { module, fn, args, options }: NamedCall): Promise<Term> {
    if (this.end) return Promise.reject(this.end);
    try {
      return this.calls[way]({ module: atom(module), fn: atom(fn), args }, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private send(signal: Outgoing): void {
    if (this.end) return;
    if (this.link.writableBytes > this.maxWaitingBytes) return this.abort(DEAF);
    this.link.send(this.frames.write(signal));
  }

  /** Who was asked nothing has little to say. */
  private limitFrames(): void {
    this.link.allowFrames(
      this.isAsking ? this.maxFrameBytes : Math.min(this.maxFrameBytes, UNASKED_FRAME_BYTES),
    );
  }

  private get isAsking(): boolean {
    return this.calls.waiting > 0 || this.processes.opened > OWN_MAILBOXES;
  }

  private receive(frame: Uint8Array): void {
    if (!this.isAsking && this.isFlood(frame.length)) return this.abort(FLOODING);
    const signal = this.read(frame);
    if (signal && !this.calls.handle(signal)) this.processes.handle(signal);
  }

  private isFlood(bytes: number): boolean {
    const now = systemClock.monotonicMs();
    if (now - this.unaskedSince > UNASKED_WINDOW_MS) {
      this.unaskedBytes = 0;
      this.unaskedSince = now;
    }
    this.unaskedBytes += Math.max(bytes, UNASKED_COST_BYTES);
    return this.unaskedBytes > UNASKED_BYTES;
  }

  /** Reads a frame. Nothing can be trusted that follows a malformed one. */
  private read(frame: Uint8Array): Signal | null {
    try {
      return readSignal(frame);
    } catch (error) {
      this.abort(messageOf(error));
      return null;
    }
  }

  private abort(why: string): void {
    const error = this.disconnected(why);
    this.link.abort(error);
    this.ended(error);
  }

  private ended(error: SlipwayError): void {
    if (this.end) return;
    this.end = error;
    this.keepAlive.stop();
    this.calls.rejectAll(error);
    this.processes.disconnected();
    this.resolveClosed(error);
  }

  private disconnected(why: string): SlipwayError {
    return new SlipwayError('otp_disconnected', {
      message: `the connection to ${this.peer} is lost: ${why}`,
    });
  }

  /** A peer whose `net_ticktime` was changed wants ticks more often, or sends them less often. */
  private async followRhythm(ours: TickRhythm): Promise<void> {
    const answer = await this.rpc('net_kernel', 'get_net_ticktime', [], {
      timeoutMs: ASKING_RHYTHM_MS,
    }).catch(() => null);
    const tickTimeMs = answer === null ? null : netTickTimeMs(answer);
    if (tickTimeMs !== null && !this.end) this.keepAlive.follow(rhythmFor(tickTimeMs, ours));
  }
}
