import fs from 'node:fs';
import path from 'node:path';
import {
  closing,
  errnoOf,
  formatSize,
  isDiskFull,
  messageOf,
  removeFileDurable,
  SlipwayError,
  writeFileDurable,
} from '../kernel/index.ts';
import type { SiteLayout } from '../release/index.ts';
import type { SiteContext } from './context.ts';
import { liveRelease } from './live-release.ts';
import { maintenancePage } from './maintenance-page.ts';

const PAGE_MAX_BYTES = 1024 * 1024;
/** Web servers read it, whoever they run as. */
const MODE = 0o644;

export function isInMaintenance(layout: Pick<SiteLayout, 'maintenance'>): boolean {
  return fs.existsSync(layout.maintenance);
}

/**
 * Puts `<root>/maintenance.html` there, from which web servers answer 503, or takes it away. Says what was done.
 * @throws SlipwayError `maintenance_failed` where the root is not there, or cannot be written
 */
export function setMaintenance(context: Pick<SiteContext, 'id' | 'layout'>, on: boolean): string {
  const { id, layout } = context;
  try {
    if (!on)
      return removeFileDurable(layout.maintenance)
        ? `${id} is out of maintenance: ${layout.maintenance} is removed`
        : `${id} is not in maintenance`;
    const { content, from } = pageOf(layout);
    const isWhole = putPage(layout.maintenance, content);
    const page = isWhole ? from : 'an empty page, for the disk is full';
    return `${id} is in maintenance: web servers that look at ${layout.maintenance} answer 503 with ${page}; workers and cron go on`;
  } catch (error) {
    throw new SlipwayError('maintenance_failed', {
      message: `maintenance of ${id} could not be switched ${on ? 'on' : 'off'}: ${messageOf(error)}`,
      hint: 'nothing was changed',
      ...(errnoOf(error) === 'ENOENT' ? { next: `slipway deploy ${id}   (it makes ${layout.root})` } : {}),
      cause: error,
    });
  }
}

/** That it is there is what counts, and an empty file takes no room. Whether it has its content. */
function putPage(file: string, content: string | Buffer): boolean {
  try {
    writeFileDurable(file, content, { mode: MODE });
    return true;
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    writeFileDurable(file, '', { mode: MODE });
    return false;
  }
}

/** The page of the live release, else ours. */
function pageOf(layout: SiteLayout): { content: string | Buffer; from: string } {
  const directory = liveRelease(layout)?.directory ?? null;
  if (directory === null) return { content: maintenancePage, from: 'a plain page' };
  for (const name of ['.slipway/maintenance.html', '.amezmo/maintenance.html']) {
    const found = readWithin(directory, name);
    if (found === null) continue;
    if (typeof found !== 'string') return { content: found, from: `${name} of ${path.basename(directory)}` };
    return { content: maintenancePage, from: `a plain page (${name} was not used: ${found})` };
  }
  return { content: maintenancePage, from: 'a plain page' };
}

/** What a release brings is not ours: a link in it may lead anywhere. Null: not there; text: why it is not taken. */
function readWithin(directory: string, name: string): Buffer | string | null {
  let fd: number;
  try {
    fd = fs.openSync(path.join(directory, name), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '') ? null : (errnoOf(error) ?? 'not readable');
  }
  using _ = closing(fd);
  const stat = fs.fstatSync(fd);
  if (!stat.isFile()) return 'it is no file';
  if (!fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(`${directory}/`))
    return 'it lies outside the release';
  if (stat.size > PAGE_MAX_BYTES) return `it is larger than ${formatSize(PAGE_MAX_BYTES)}`;
  return fs.readFileSync(fd);
}
