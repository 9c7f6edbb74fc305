import { createHash } from 'node:crypto';
import fs from 'node:fs';
import type { Configuration } from '../../config/index.ts';
import { closing, errnoOf, messageOf, openOwned } from '../../kernel/index.ts';
import { maintenancePage } from '../../site/index.ts';

/** A page of the configuration, read. */
export interface HeldPage {
  /** What HAProxy knows it by: another content is another file, for it reads them when it starts. */
  file: string;
  content: string;
}

/** It goes into one of HAProxy's buffers, of 16 KB, with what is said before it. */
const LONGEST_BYTES = 12 * 1024;

/** Reads `error_page` and `maintenance_page` of all apps, by path. One that cannot be used is told. */
export function readPages({ apps }: Configuration): { held: Map<string, HeldPage>; problems: string[] } {
  const pages = new Map<string, HeldPage>();
  const problems: string[] = [];
  const paths = apps.flatMap(({ routing }) => [routing.errorPage, routing.maintenancePage]);
  for (const path of new Set(paths))
    if (path !== null)
      try {
        pages.set(path, read(path));
      } catch (error) {
        const why = errnoOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
        problems.push(`page ${path} is not used: ${why}`);
      }
  return { held: pages, problems };
}

/** Of apps that bring none of their own: that of sites. */
export const plainPage = held(maintenancePage);

/** Everybody gets to see it: what others could have put there is not followed to what root alone reads. */
function read(path: string): HeldPage {
  const fd = openOwned(path, []);
  using _ = closing(fd);
  const { size } = fs.fstatSync(fd);
  if (size > LONGEST_BYTES) throw new Error('it is larger than 12 KB');
  return held(fs.readFileSync(fd, 'utf8'));
}

function held(content: string): HeldPage {
  return { file: `pages/${createHash('sha256').update(content).digest('hex').slice(0, 16)}.html`, content };
}
