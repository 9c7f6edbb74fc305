import type { Account } from './account.ts';
import { TOOL_ENVIRONMENT } from './tool-environment.ts';

interface Command {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
}

/** One string of an environment may have 128 KB (execve(2), MAX_ARG_STRLEN). */
const CHUNK_CHARACTERS = 30_000;
const NAME = '_slipway_env_';
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Some shells have these themselves, and end where somebody sets them. */
const READ_ONLY = new Set(['UID', 'EUID', 'PPID', 'SHELLOPTS', 'BASHOPTS', 'BASH_VERSINFO', 'OPTIND']);

/**
 * The command that becomes the user and then the program. setpriv and not a uid and gid of Node's: those drop the
 * supplementary groups. Root is who becomes somebody else, so LD_PRELOAD, PATH and the rest of the program's environment
 * must not be in force before: they are handed over as text, and a shell that is the user already makes them its own.
 * Variables whose names no shell has are left out, as a shell does.
 */
export function asUser({ argv, env }: Command, account: Account | null): Command {
  if (account === null) return { argv, env };
  const chunks = chunksOf(env);
  return {
    argv: [
      ...['/usr/bin/setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--init-groups', '--'],
      ...['/bin/sh', '-c', handOver(chunks.length), 'slipway-app', ...argv],
    ],
    env: { ...TOOL_ENVIRONMENT, ...Object.fromEntries(chunks.map((chunk, index) => [NAME + index, chunk])) },
  };
}

function handOver(chunks: number): string {
  const names = Array.from({ length: chunks }, (_, index) => NAME + index);
  // They are one command, so that no variable of the program's is in force for any of it.
  const assignments = names.map((name) => `$${name}`).join('\n');
  return `unset LANG; eval "unset ${names.join(' ')}\n${assignments}\nexec \\"\\$@\\""`;
}

function chunksOf(env: Readonly<Record<string, string>>): string[] {
  const chunks = [''];
  for (const [name, value] of Object.entries(env)) {
    if (!IDENTIFIER.test(name) || READ_ONLY.has(name) || value.includes('\0')) continue;
    const line = `export ${name}='${value.replaceAll("'", "'\\''")}'\n`;
    if ((chunks.at(-1) ?? '').length + line.length > CHUNK_CHARACTERS) chunks.push('');
    chunks[chunks.length - 1] += line;
  }
  return chunks;
}
