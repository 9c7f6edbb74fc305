import fs from 'node:fs';
import path from 'node:path';
import { splitCommand } from '../kernel/index.ts';

/** How a program of Node is started, in the words of `start`; null where nothing says that it is one. */
export function startOf(fields: Record<string, unknown>, folder: string): string | null {
  const { start } = scriptsOf(fields);
  if (typeof start === 'string' && start !== '') return 'argv' in splitCommand(start) ? start : 'npm start';
  const main = [fields.main, 'server.js', 'index.js'].find(
    (file) => typeof file === 'string' && /^[\w./-]+$/.test(file) && fs.existsSync(path.join(folder, file)),
  );
  return main === undefined ? null : `node ${String(main)}`;
}

function scriptsOf({ scripts }: Record<string, unknown>): Record<string, unknown> {
  return typeof scripts === 'object' && scripts !== null ? { ...scripts } : {};
}
