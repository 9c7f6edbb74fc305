import type { RunningApi, ServeOptions } from './server.ts';

export type {
  AccessQuery,
  Asked,
  AskedConsole,
  AskedTerminal,
  Backend,
  Caller,
  HookCall,
  IdentifiedAccess,
  IdentifiedHappening,
  IdentifiedLine,
  Input,
  KeptConsole,
  LogQuery,
  SentArchive,
  Terminal,
} from './backend.ts';
export type { Entered } from './backend-access.ts';
export { type Client, type ConnectOptions, connect } from './client.ts';
export type { GroupSettings } from './group-socket.ts';
export type { AgentAddress } from './line.ts';
export { type ResumeOptions, resume } from './resume.ts';
export type { RunningApi, ServeOptions } from './server.ts';
export type * from './shapes.ts';
export type * from './shapes-access.ts';
export type * from './shapes-certificates.ts';
export type * from './shapes-console.ts';
export type { Run, StepMedian, TimelineEntry } from './shapes-history.ts';
export type * from './shapes-host.ts';
export type * from './shapes-vm.ts';
export type { RemoteShell, RemoteShellOptions } from './terminal-client.ts';
export {
  type ForwardedSignal,
  MAX_FRAME_BYTES,
  type OutputStream,
  TERMINAL_VARIABLES,
  type TerminalSize,
  type TerminalVariables,
} from './terminal-frames.ts';
export type { UploadOptions } from './upload.ts';
export { verifyWebhook, type Webhook, WebhookRefusal, type WebhookRequest } from './webhook/index.ts';

/** See `server.ts`. Loaded when called: the command line uses this door too, and has no need for the server or zod. */
export async function serveApi(options: ServeOptions): Promise<RunningApi> {
  const server = await import('./server.ts');
  return server.serveApi(options);
}
