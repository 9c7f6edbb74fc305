export interface DeployWords {
  version?: string | null | undefined;
  ref?: string | null | undefined;
  force?: boolean | undefined;
  full?: boolean | undefined;
}

/** The command line that deploys just that. */
export function deployCommand(app: string, { version, ref, force, full }: DeployWords): string {
  const words = ['slipway', 'deploy', app];
  if (version != null) words.push('--version', version);
  if (ref != null) words.push('--ref', ref);
  if (force) words.push('--force');
  if (full) words.push('--full');
  return words.join(' ');
}
