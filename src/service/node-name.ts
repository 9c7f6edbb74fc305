import os from 'node:os';

/**
 * The name of the node that a VM is, by the arguments that it runs with: the release's own scripts have the last word on
 * it: as erl does, the first of several counts, and a short name before a long one. `alive` is what it was told to be called.
 */
export function nodeName({ argv, alive }: { argv: readonly string[]; alive: string }): string {
  const short = after(argv, '-sname');
  const long = short === null ? after(argv, '-name') : null;
  const given = short ?? long ?? alive;
  if (given.includes('@')) return given;
  return `${given}@${long === null ? shortHost() : os.hostname()}`;
}

/** What a VM with short names calls its host. */
function shortHost(): string {
  return os.hostname().split('.', 1)[0] ?? '';
}

function after(argv: readonly string[], flag: string): string | null {
  const at = argv.indexOf(flag);
  return at === -1 ? null : (argv[at + 1] ?? null);
}
