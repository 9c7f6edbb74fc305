import { WebSocket } from 'ws';
import { errnoOf, SlipwayError } from '../kernel/index.ts';
import { parse, readAnswer } from './answer.ts';
import type { Line } from './line.ts';
import { API_PREFIX, TERMINAL_PATH } from './routes.ts';
import {
  type AgentFrame,
  type ClientFrame,
  type ForwardedSignal,
  INPUT_WINDOW_BYTES,
  MAX_FRAME_BYTES,
  type OpenFrame,
  type OutputStream,
  type TerminalSize,
} from './terminal-frames.ts';
import { fromWire } from './wire-error.ts';

export interface RemoteShellOptions extends Omit<OpenFrame, 'type'> {
  /** Takes output; while what it returned is not resolved, no more is read. Of all but a command on pipes it is `stdout`. */
  onOutput: (bytes: Buffer, stream: OutputStream) => Promise<void>;
}

/** A shell that the agent runs. It ends with the connection. */
export interface RemoteShell {
  /** Resolves when more may be sent. */
  send(bytes: Buffer): Promise<void>;
  /** Says that no more input comes. */
  endInput(): void;
  resize(size: TerminalSize): void;
  signal(signal: ForwardedSignal): void;
  /** Ends the shell. */
  close(): void;
  /** How the program ended; rejects with the agent's error, or `agent_unreachable` where the agent went away. */
  ended: Promise<{ status: number | null; signal: string | null }>;
}

/**
 * Resolves when the shell runs. Errors: `agent_unreachable`; what the agent says against it.
 */
export async function openShell(line: Line, options: RemoteShellOptions): Promise<RemoteShell> {
  const { onOutput, ...asked } = options;
  const { address, options: way } = line.webSocket(`${API_PREFIX}${TERMINAL_PATH}`);
  const connection = new WebSocket(address, { ...way, perMessageDeflate: false });
  const tell = (frame: ClientFrame) => {
    if (connection.readyState === WebSocket.OPEN) connection.send(JSON.stringify(frame));
  };
  const opened = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<{ status: number | null; signal: string | null }>();
  // Output before the end of it is shown before the end is told.
  let shown = Promise.resolve();
  let stream: OutputStream = 'stdout';
  let onTheWay = 0;
  let roomAgain = () => {};

  const fail = (error: SlipwayError) => {
    opened.reject(error);
    shown.then(() => ended.reject(error), ended.reject);
    roomAgain();
  };
  const onFrame = (frame: AgentFrame) => {
    if (frame.type === 'opened') opened.resolve();
    else if (frame.type === 'failed') fail(fromWire(frame.error));
    else if (frame.type === 'exited')
      shown.then(() => ended.resolve({ status: frame.status, signal: frame.signal }), ended.reject);
    else if (frame.type === 'stream') stream = frame.stream;
    else if (frame.type === 'taken') {
      onTheWay -= frame.bytes;
      roomAgain();
    }
  };
  connection.on('open', () => tell({ type: 'open', ...asked }));
  connection.on('message', (message, isBinary) => {
    if (!isBinary) return onFrame(parse(String(message)) as AgentFrame);
    connection.pause();
    const from = stream;
    shown = shown.then(() => onOutput(message as Buffer, from)).then(() => connection.resume());
    // What cannot be shown is the end of it.
    shown.catch(() => connection.terminate());
  });
  connection.on('unexpected-response', (_, response) => {
    readAnswer(response, line).then(
      () => connection.terminate(),
      (error: unknown) => {
        fail(error as SlipwayError);
        connection.terminate();
      },
    );
  });
  connection.on('error', (error) =>
    fail(
      errnoOf(error) === null
        ? new SlipwayError('shell_refused', { message: `the agent opens no shell: ${error.message}` })
        : line.unreachable(error),
    ),
  );
  connection.on('close', () => fail(gone(line, asked)));
  ended.promise.catch(() => undefined);
  await opened.promise;
  return {
    async send(bytes) {
      for (let sent = 0; sent < bytes.length; sent += MAX_FRAME_BYTES) {
        const chunk = bytes.subarray(sent, sent + MAX_FRAME_BYTES);
        while (onTheWay + chunk.length > INPUT_WINDOW_BYTES && connection.readyState === WebSocket.OPEN)
          await new Promise<void>((resolve) => {
            roomAgain = resolve;
          });
        if (connection.readyState !== WebSocket.OPEN) return;
        onTheWay += chunk.length;
        connection.send(chunk);
      }
    },
    endInput: () => tell({ type: 'end' }),
    resize: (size) => tell({ type: 'resize', ...size }),
    signal: (signal) => tell({ type: 'signal', signal }),
    close: () => connection.terminate(),
    ended: ended.promise,
  };
}

function gone(
  { name }: Line,
  { app, instance, command }: Pick<OpenFrame, 'app' | 'instance' | 'command'>,
): SlipwayError {
  if (command)
    return new SlipwayError('agent_unreachable', {
      message: `the agent on ${name} went away, and the command with it: it is ended`,
      hint: 'what runs goes on; how far the command had come it alone could tell. See to that before it is run again',
      next: `slipway status ${app}`,
    });
  const target = app === null ? '--agent' : instance === null ? app : `${app}/${instance}`;
  return new SlipwayError('agent_unreachable', {
    message: `the agent on ${name} went away, and the shell with it`,
    hint: 'what runs goes on without it; open the shell again when the agent is back',
    next: `slipway shell ${target}`,
  });
}
