import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Compiles `fixtures/programs/<name>.c` into `folder`; the path of the program. */
export function compileProgram(
  name: 'chatter' | 'clock' | 'plain-server' | 'tiny-server',
  folder: string,
): string {
  const program = path.join(folder, name);
  const source = path.join(import.meta.dirname, '../fixtures/programs', `${name}.c`);
  execFileSync('cc', ['-O2', '-Wall', '-Werror', '-static', '-o', program, source]);
  return program;
}
