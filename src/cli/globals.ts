/** What the command line gives every verb. */
export interface GlobalOptions {
  config?: string;
  socket?: string;
  url?: string;
  tokenFile?: string;
  ca?: string;
  json?: boolean;
}
