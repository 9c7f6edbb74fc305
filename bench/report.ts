import fs from 'node:fs';
import path from 'node:path';

const README = path.join(import.meta.dirname, 'README.md');

/** Puts a case's results between its markers, in place of the former ones. */
export function writeSection(name: string, section: string): void {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const text = fs.readFileSync(README, 'utf8');
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start === -1 || end === -1) throw new Error(`bench/README.md has no markers ${open} ${close}`);
  fs.writeFileSync(README, `${text.slice(0, start + open.length)}\n${section}\n${text.slice(end)}`);
}
