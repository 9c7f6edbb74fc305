import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import * as z from 'zod';
import { SlipwayError, unawaited } from '../kernel/index.ts';
import type { Backend, Terminal } from './backend.ts';
import { failureOf } from './failure.ts';
import { permit, permitConsole } from './permit.ts';
import {
  type AgentFrame,
  type AttachFrame,
  type ClientFrame,
  FORWARDED_SIGNALS,
  INPUT_WINDOW_BYTES,
  MAX_COLUMNS,
  MAX_FRAME_BYTES,
  MAX_ROWS,
  type OpenFrame,
  type OutputStream,
  TERMINAL_VARIABLES,
} from './terminal-frames.ts';
import type { Visit } from './visit.ts';

type Shells = Pick<Backend, 'openTerminal' | 'attachConsole' | 'consoles' | 'whose' | 'runsAsRoot'>;

export interface TerminalServerOptions {
  backend: Shells;
  report: (message: string) => void;
}

/** Takes a connection over from HTTP; `head` is what has come after the request. */
export type AcceptTerminal = (
  request: IncomingMessage,
  socket: Duplex,
  options: { head: Buffer; visit: Visit },
) => void;

/** Bytes that wait for the client's side to take them, above which the program waits. */
const MAX_WAITING_BYTES = 256 * 1024;
const OPEN_TIMEOUT_MS = 10_000;
/** A page that answers no ping for so long has gone without a word. */
const PING_MS = 20_000;
/** RFC 6455, section 7.4.1. */
const NORMAL = 1000;
const POLICY_VIOLATION = 1008;

/** Serves shells: one on each WebSocket, ended with it. */
export function createTerminalServer({ backend, report }: TerminalServerOptions): AcceptTerminal {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
  });
  return (request, socket, { head, visit }) =>
    server.handleUpgrade(request, socket, head, (connection) =>
      new Shell({ connection, backend, visit, report }).serve(),
    );
}

interface ShellOptions {
  connection: WebSocket;
  backend: Shells;
  visit: Visit;
  report: (message: string) => void;
}

/** One connection with its shell. */
class Shell {
  private readonly options: ShellOptions;
  private readonly connection: WebSocket;
  private readonly tooLate: NodeJS.Timeout;
  private terminal: Terminal | null = null;
  private opening = false;
  /** What came before the shell was there, in order. */
  private readonly early: (() => void)[] = [];
  /** Bytes of input that were not taken yet. */
  private onTheWay = 0;

  constructor(options: ShellOptions) {
    this.options = options;
    this.connection = options.connection;
    this.tooLate = setTimeout(() => this.refuse('nothing was asked for in time'), OPEN_TIMEOUT_MS);
  }

  serve(): void {
    const { connection } = this;
    connection.on('message', (message, isBinary) => {
      if (isBinary) this.onInput(bytesOf(message));
      else this.onFrame(parseFrame(bytesOf(message).toString()));
    });
    // What breaks the protocol closes the connection, too.
    connection.on('error', () => undefined);
    connection.on('close', () => {
      clearTimeout(this.tooLate);
      this.terminal?.hangUp();
    });
  }

  private onInput(bytes: Buffer): void {
    this.onTheWay += bytes.length;
    if (this.onTheWay > INPUT_WINDOW_BYTES || !this.opening)
      return this.refuse('more input than was allowed');
    this.whenOpen((terminal) =>
      terminal.input.write(bytes, () => {
        this.onTheWay -= bytes.length;
        this.send({ type: 'taken', bytes: bytes.length });
      }),
    );
  }

  private onFrame(frame: ClientFrame | null): void {
    if (frame === null || isFirst(frame) === this.opening)
      return this.refuse('a frame that has no place here');
    if (isFirst(frame)) unawaited(this.open(frame), 'a shell');
    else if (frame.type === 'end') this.whenOpen((terminal) => terminal.endInput());
    else if (frame.type === 'signal') this.whenOpen((terminal) => terminal.signal(frame.signal));
    else this.whenOpen((terminal) => terminal.resize({ columns: frame.columns, rows: frame.rows }));
  }

  private async open(frame: OpenFrame | AttachFrame): Promise<void> {
    const { connection } = this;
    this.opening = true;
    clearTimeout(this.tooLate);
    try {
      const terminal = await this.start(frame);
      if (connection.readyState !== connection.OPEN) return terminal.hangUp();
      this.terminal = terminal;
      this.tellOpened(terminal);
      for (const each of this.early.splice(0)) each();
      this.forwardOutput(terminal);
      const exit = await terminal.ended;
      this.send({ type: 'exited', ...exit });
      connection.close(NORMAL);
    } catch (error) {
      this.send({ type: 'failed', error: failureOf(error, this.options.report).body });
      connection.close(NORMAL);
    }
  }

  private async start(frame: OpenFrame | AttachFrame): Promise<Terminal> {
    const { backend, visit } = this.options;
    const { caller } = visit;
    if (frame.type === 'attach') {
      await permitConsole(backend, visit, { operation: 'terminal', console: frame.console });
      return await backend.attachConsole({ ...frame, caller });
    }
    const app = await this.permitOpen(frame);
    const { viewer = null, command = null } = frame;
    return await backend.openTerminal({ ...frame, app, viewer, command, caller });
  }

  private async permitOpen({ app: asked, command }: OpenFrame): Promise<string | null> {
    const { backend, visit } = this.options;
    const operation = command ? 'run' : asked === null ? 'hostShell' : 'terminal';
    return (await permit(backend, visit, { operation, named: { app: asked, deployment: null } })) ?? asked;
  }

  private tellOpened({ console }: Terminal): void {
    if (console === null) return this.send({ type: 'opened' });
    const { id, sequence, screen, readOnly } = console;
    this.send({ type: 'opened', console: id, sequence, screen, read_only: readOnly });
    const off = console.controlled.on((only) => this.send({ type: 'control', read_only: only }));
    this.connection.once('close', off);
    this.ping();
  }

  private ping(): void {
    const { connection } = this;
    let answered = true;
    const timer = setInterval(() => {
      if (!answered) return connection.terminate();
      answered = false;
      connection.ping();
    }, PING_MS);
    connection.on('pong', () => {
      answered = true;
    });
    connection.once('close', () => clearInterval(timer));
  }

  private forwardOutput({ output, errors }: Terminal): void {
    const { connection } = this;
    const outputs = errors === null ? [output] : [output, errors];
    let told: OutputStream = 'stdout';
    const goOn = () => {
      if (connection.bufferedAmount >= MAX_WAITING_BYTES) return;
      for (const each of outputs) if (each.isPaused()) each.resume();
    };
    for (const each of outputs) {
      const stream = each === errors ? 'stderr' : 'stdout';
      each.on('data', (chunk: Buffer) => {
        if (told !== stream) this.send({ type: 'stream', stream });
        told = stream;
        connection.send(chunk, goOn);
        if (connection.bufferedAmount >= MAX_WAITING_BYTES) for (const one of outputs) one.pause();
      });
    }
  }

  private whenOpen(use: (terminal: Terminal) => void): void {
    if (this.terminal) return use(this.terminal);
    this.early.push(() => this.terminal && use(this.terminal));
    // Frames of no bytes would not fill the window.
    if (this.early.length > INPUT_WINDOW_BYTES / 64) this.refuse('more frames than was allowed');
  }

  private send(frame: AgentFrame): void {
    if (this.connection.readyState === this.connection.OPEN) this.connection.send(JSON.stringify(frame));
  }

  private refuse(why: string): void {
    if (this.connection.readyState !== this.connection.OPEN) return;
    const error = new SlipwayError('usage', { message: `the shell is closed: ${why}` });
    this.send({ type: 'failed', error: failureOf(error, this.options.report).body });
    this.connection.close(POLICY_VIOLATION, why);
  }
}

const size = { columns: z.int().min(1).max(MAX_COLUMNS), rows: z.int().min(1).max(MAX_ROWS) };
/** An id that somebody has made at random. */
const token = z.string().regex(/^[A-Za-z0-9-]{8,64}$/);
const variable = z.string().regex(/^[A-Za-z0-9._+@-]{1,64}$/);

/** Every frame of a client but the binary ones. */
const clientFrame = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('open'),
    app: z.string().min(1).max(200).nullable(),
    instance: z
      .string()
      .regex(/^([1-9]\d{0,5}|[a-z][a-z0-9_-]{0,99}(\.[1-9]\d{0,5})?)$/)
      .nullable(),
    size: z.strictObject(size).nullable(),
    variables: z.partialRecord(z.enum(TERMINAL_VARIABLES), variable),
    command: z.array(z.string().regex(/^[^\0]*$/)).optional(),
    viewer: token.optional(),
  }),
  z.strictObject({
    type: z.literal('attach'),
    console: token,
    viewer: token,
    after: z.int().nonnegative().nullable(),
    size: z.strictObject(size),
    take: z.boolean(),
  }),
  z.strictObject({ type: z.literal('resize'), ...size }),
  z.strictObject({ type: z.literal('end') }),
  z.strictObject({ type: z.literal('signal'), signal: z.enum(FORWARDED_SIGNALS) }),
]);

function isFirst(frame: ClientFrame): frame is OpenFrame | AttachFrame {
  return frame.type === 'open' || frame.type === 'attach';
}

function parseFrame(text: string): ClientFrame | null {
  try {
    const frame = clientFrame.parse(JSON.parse(text));
    return frame.type === 'open' && !isWhole(frame) ? null : frame;
  } catch {
    return null;
  }
}

/** A one-off command is of an app, and of no instance; nobody comes back to it. A shell in its place takes a terminal. */
function isWhole({ app, instance, command, viewer, size }: OpenFrame): boolean {
  if (command === undefined) return true;
  return app !== null && instance === null && viewer === undefined && (command.length > 0 || size !== null);
}

function bytesOf(message: RawData): Buffer {
  if (Buffer.isBuffer(message)) return message;
  return Array.isArray(message) ? Buffer.concat(message) : Buffer.from(message);
}
