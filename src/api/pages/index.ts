/** What the pages may know of the API: how a call is written and read, which is data, and all else as types alone. */
export type { Operations } from '../client.ts';
export { encodeCall } from '../encode-call.ts';
export { API_PREFIX, routes, TERMINAL_PATH } from '../routes.ts';
export type * from '../shapes.ts';
export type * from '../shapes-access.ts';
export type * from '../shapes-console.ts';
export type * from '../shapes-history.ts';
export type * from '../shapes-host.ts';
export type * from '../shapes-vm.ts';
export { SseDecoder } from '../sse.ts';
export {
  type AgentFrame,
  type AttachFrame,
  type ClientFrame,
  INPUT_WINDOW_BYTES,
  MAX_FRAME_BYTES,
  type OpenFrame,
  type TerminalSize,
} from '../terminal-frames.ts';
