import type net from 'node:net';
import { messageOf, SlipwayError, systemClock } from '../kernel/index.ts';
import { type FrameReader, frame } from './frame.ts';
import { FrameBatch } from './frame-batch.ts';
import type { Peer } from './handshake.ts';
import { type ReceiveBudget, receiveBudget } from './receive-budget.ts';

/** How a link ended; without an error where we closed it. */
export interface LinkEnd {
  readonly reason: string;
  readonly error?: SlipwayError;
}

/** What was sent before `close` has this long to leave. */
const LINGER_MS = 5000;

const TICK = new Uint8Array(0);

/** A connection to a node after the handshake: frames in, frames out. It knows nothing of what is in them. */
export class Link {
  readonly peer: Peer;
  /** When the last byte came, a tick's included: `Clock.monotonicMs`. */
  lastReceivedAt = systemClock.monotonicMs();
  readonly closed: Promise<LinkEnd>;
  private readonly socket: net.Socket;
  private readonly reader: FrameReader;
  private readonly budget: ReceiveBudget;
  private readonly end = Promise.withResolvers<LinkEnd>();
  private handle: ((payload: Uint8Array) => void) | null = null;
  private isOver = false;
  /** Nothing was sent since something came. */
  private isFirst = true;
  private readonly batch = new FrameBatch();
  private isFlushDue = false;

  constructor(options: { socket: net.Socket; peer: Peer; reader: FrameReader; budget?: ReceiveBudget }) {
    this.budget = options.budget ?? receiveBudget;
    this.socket = options.socket;
    this.peer = options.peer;
    this.reader = options.reader;
    this.closed = this.end.promise;
    this.socket.on('data', (chunk) => this.receive(chunk));
    this.socket.on('error', (error) => this.fail(messageOf(error), error));
    this.socket.on('close', () => this.fail('the node closed the connection'));
    if (this.socket.destroyed) this.fail('the node closed the connection');
    this.socket.pause();
  }

  /**
   * Tells of every frame, in order; ticks are not told of. Nothing is read from the connection before. The payload is a view
   * of what came from the socket: whoever keeps a small part of it for long copies it. What `fn` throws ends the link.
   */
  onFrame(fn: (payload: Uint8Array) => void): void {
    this.handle = fn;
    // What came together with the end of the handshake.
    queueMicrotask(() => this.deliver());
    this.socket.resume();
  }

  /**
   * One frame. The first after something came leaves at once, for it may be all that is sent; of those that follow, what one
   * turn of the event loop sends leaves in one write.
   */
  send(payload: Uint8Array): void {
    if (!this.socket.writable) return;
    if (!this.batch.add(payload)) {
      this.flush();
      if (!this.batch.add(payload)) this.sendLarge(payload);
    }
    if (this.isFirst) this.flush();
    else this.flushSoon();
    this.isFirst = false;
  }

  /** An empty frame: a sign of life. */
  tick(): void {
    this.send(TICK);
  }

  /** Lets the peer send frames of that size from now on: more ends the link. */
  allowFrames(maxBytes: number): void {
    this.reader.maxBytes = maxBytes;
  }

  /** Bytes that wait to be sent. */
  get writableBytes(): number {
    return this.socket.writableLength + this.batch.sizeBytes;
  }

  /** Sends what waits, then closes. Nothing is told of any more. */
  close(): void {
    this.flush();
    this.over({ reason: 'closed by us' });
    this.socket.destroySoon();
    // A node that hangs takes nothing, ever.
    const timer = setTimeout(() => this.socket.destroy(), LINGER_MS);
    timer.unref();
    this.socket.once('close', () => clearTimeout(timer));
  }

  /** Ends the link at once, with what was wrong with it. */
  abort(error: SlipwayError): void {
    this.over({ reason: error.message, error });
    this.socket.destroy();
  }

  private over(end: LinkEnd): void {
    this.end.resolve(end);
    this.handle = null;
    this.isOver = true;
    this.budget.hold(this, 0, () => {});
    this.socket.resume();
  }

  private flushSoon(): void {
    if (this.isFlushDue) return;
    this.isFlushDue = true;
    process.nextTick(() => {
      this.isFlushDue = false;
      this.flush();
    });
  }

  private flush(): void {
    if (this.batch.sizeBytes > 0 && this.socket.writable) this.socket.write(this.batch.take());
  }

  private sendLarge(payload: Uint8Array): void {
    // One that is too large for any link is refused here.
    const parts = frame([payload], 4);
    this.socket.cork();
    for (const part of parts) this.socket.write(part);
    this.socket.uncork();
  }

  private receive(chunk: Uint8Array): void {
    // It is read all the same until what was sent is gone: a peer that cannot send may not read either.
    if (this.isOver) return;
    this.lastReceivedAt = systemClock.monotonicMs();
    this.isFirst = true;
    this.reader.push(chunk);
    this.deliver();
  }

  private deliver(): void {
    try {
      // What is called may end the link.
      while (this.handle) {
        if (!this.budget.mayHandle(this.resume)) {
          this.socket.pause();
          break;
        }
        const payload = this.reader.next();
        if (!payload) break;
        if (payload.length === 0) continue;
        this.budget.handled(payload.length);
        this.handle(payload);
      }
      if (this.handle) this.budget.hold(this, this.reader.bufferedBytes, this.giveUp);
    } catch (error) {
      if (error instanceof SlipwayError) this.abort(error);
      else this.fail(messageOf(error), error);
    }
  }

  private readonly resume = (): void => {
    if (this.isOver) return;
    this.socket.resume();
    this.deliver();
  };

  private readonly giveUp = (): void => {
    this.fail('nodes send more than the agent can hold, and this one most of it');
  };

  private fail(reason: string, cause?: unknown): void {
    this.abort(
      new SlipwayError('otp_disconnected', {
        message: `the connection to ${this.peer.name} is lost: ${reason}`,
        hint: 'the node stopped, or it dropped the connection; what it was asked may be done or not',
        ...(cause === undefined ? {} : { cause }),
      }),
    );
  }
}
