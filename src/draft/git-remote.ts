import fs from 'node:fs';
import path from 'node:path';

/** Where the repository of a folder is pushed to, without what lets somebody in; null where that is nowhere else. */
export function remoteOf(folder: string): string | null {
  const file = path.join(folder, '.git', 'config');
  if (!fs.existsSync(file)) return null;
  const section = fs
    .readFileSync(file, 'utf8')
    .split(/^\s*\[/m)
    .find((each) => each.startsWith('remote "origin"]'));
  const url = /^\s*url\s*=\s*(\S+)\s*$/m.exec(section ?? '')?.[1];
  if (url === undefined) return null;
  if (/^https?:/.test(url)) return url.replace(/\/\/[^/]*@/, '//');
  return /^(ssh:\/\/)?[\w.-]+@[\w.-]+[:/][\w./~-]+$/.test(url) ? url : null;
}
