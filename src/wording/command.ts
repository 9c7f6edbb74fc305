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
  return commandLine(words);
}

/** Words of a command, so that a shell reads them as they are: whatever is in them, it starts nothing else. */
export function commandLine(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}

/** What is typed, and what is only to be known with it: `git lfs fsck   (in /srv/shop)`. */
export function commandAndNote(text: string): { command: string; note: string | null } {
  const [, command = text, note = null] = /^(.*?) {3}\((.*)\)$/s.exec(text) ?? [];
  return { command, note };
}
