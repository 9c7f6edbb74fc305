import fs from 'node:fs';
import path from 'node:path';
import {
  closing,
  errnoOf,
  nameOf,
  type Owners,
  openOwnedDirectory,
  pathOf,
  runTool,
  SlipwayError,
} from '../../kernel/index.ts';
import type { Address } from './address.ts';

/*
 * A repository of this host is what whoever may write to it makes of it: by `objects/info/alternates`, links among its refs
 * or a `.git` file it may lead to any other. So git reads it with the rights of whom it belongs to; and with ours only where
 * nobody else may write to it.
 */

const LEFT = 'it was not read; what is live was left as it was';
const BASE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const EVERYBODY_ENTERS = 0o005;

/** The user as whom a repository is read. */
interface Reader {
  uid: number;
  gid: number;
  /** Whether the host has an account of that number, which may have more groups. */
  isKnown: boolean;
}

/**
 * What `--upload-pack` is to be for a repository of this host.
 * @throws SlipwayError `permission` where it may not be read
 */
export async function uploadPack(
  address: Address,
  at: { cacheDirectory: string; owners: Owners },
): Promise<string> {
  const reader = await readerOf(address, at);
  const settings = [
    ['safe.directory', address.url],
    ['safe.directory', path.join(address.url, '.git')],
    ['uploadpack.allowAnySHA1InWant', 'true'],
  ];
  const environment = [
    `PATH=${BASE_PATH}`,
    'LC_ALL=C',
    'HOME=/nonexistent',
    'GIT_CONFIG_NOSYSTEM=1',
    `GIT_CONFIG_COUNT=${settings.length}`,
    ...settings.flatMap(([key, value], index) => [
      `GIT_CONFIG_KEY_${index}=${key}`,
      `GIT_CONFIG_VALUE_${index}=${value}`,
    ]),
  ];
  const asUser = reader
    ? [
        'setpriv',
        `--reuid=${reader.uid}`,
        `--regid=${reader.gid}`,
        reader.isKnown ? '--init-groups' : '--clear-groups',
        '--',
      ]
    : [];
  const words = [...asUser, 'env', '-i', ...environment].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  // A shell runs it, with the version of the protocol that git asks for.
  return `${words.join(' ')} "GIT_PROTOCOL=$GIT_PROTOCOL" git-upload-pack`;
}

/** The submodule of a repository that one user may read is read as that user, too. */
async function readerOf(
  address: Address,
  at: { cacheDirectory: string; owners: Owners },
): Promise<Reader | null> {
  refuseCache(address.url, at.cacheDirectory);
  const { fd, stat } = openRepository(address, at.owners);
  using _ = closing(fd);
  if (address.parent) {
    const reader = await readerOf(address.parent, at);
    if (reader) return reader;
    refusePrivate(address, stat);
  }
  // Only root can become another.
  if (stat.uid !== 0 && stat.uid !== process.geteuid?.() && process.geteuid?.() === 0)
    return await accountOf(stat);
  await refuseWritable(fd, address);
  return null;
}

function openRepository({ url }: Address, owners: Owners): { fd: number; stat: fs.Stats } {
  try {
    return openOwnedDirectory(url, owners);
  } catch (error) {
    if (error instanceof SlipwayError)
      throw new SlipwayError('permission', {
        message: error.message,
        hint: `${LEFT}; where that user is to keep the repository, name it: source: { owner: ... }`,
        ...(error.next === null ? {} : { next: error.next }),
        cause: error,
      });
    if (!['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) throw error;
    throw new SlipwayError('repository_unreachable', {
      message: `there is no repository ${url}`,
      hint: 'what is live was left as it was',
      next: `git ls-remote ${url}`,
    });
  }
}

/** The copies there are of repositories that other apps may read. */
function refuseCache(url: string, cacheDirectory: string): void {
  const [real, cache] = [url, cacheDirectory].map((each) =>
    fs.existsSync(each) ? fs.realpathSync(each) : each,
  );
  if (!`${real}/`.startsWith(`${cache}/`)) return;
  throw new SlipwayError('permission', {
    message: `${url} is a copy that belongs to the agent, and no source`,
    hint: LEFT,
    next: 'slipway config check',
  });
}

/** Whoever writes a `.gitmodules` names what it says, and need not be able to read that. */
function refusePrivate({ url, parent }: Address, { mode }: fs.Stats): void {
  const isPrivate = (of: number) => (of & EVERYBODY_ENTERS) !== EVERYBODY_ENTERS;
  if (!parent || !isPrivate(mode) || isPrivate(fs.statSync(parent.url).mode)) return;
  throw new SlipwayError('permission', {
    message: `${url}, a submodule of ${parent.url}, may be read by its owner alone`,
    hint: LEFT,
    next: `chmod go+rx ${url}   (where everybody may read it)`,
  });
}

const TELLING = ['HEAD', 'config', 'packed-refs', 'alternates', 'http-alternates', 'commondir', 'gitdir'];

/** Looks at what leads on to other places: folders, and the files that name places. */
async function refuseWritable(fd: number, { url }: Address): Promise<void> {
  const [uid, gid] = [String(process.geteuid?.()), String(process.getegid?.())];
  const names = TELLING.flatMap((name) => ['-o', '-name', name]);
  const isOthers = ['!', '-uid', '0', '!', '-uid', uid];
  const isGroups = ['-perm', '-0020', '!', '-gid', '0', '!', '-gid', gid];
  const gitFolder = fs.existsSync(pathOf(fd, 'objects')) ? '.' : '.git';
  const start = path.join(nameOf(fd), gitFolder);
  const conditions = [
    ...['(', '-type', 'd', '-o', '-path', '*/refs/*', ...names, ')', '!', '-type', 'l'],
    ...['(', ...isOthers, '-o', '-perm', '-0002', '-o', ...isGroups, ')', '-print', '-quit'],
  ];
  const found = (await runTool(['find', start, ...conditions]).catch(() => '')).replace(/\n$/, '');
  if (found === '') return;
  throw new SlipwayError('permission', {
    message: `others may write to ${found}, and so have the repository lead to what only the agent may read`,
    hint: LEFT,
    next: `chown -R ${uid} ${url} && chmod -R go-w ${url}; or give it to one user, and name it: source: { owner: ... }`,
  });
}

async function accountOf({ uid, gid }: fs.Stats): Promise<Reader> {
  const line = await runTool(['getent', 'passwd', '--', String(uid)]).catch(() => '');
  const group = line.split(':')[3];
  if (group !== undefined) return { uid, gid: Number(group), isKnown: true };
  // Root's group has more than the folder to read.
  return { uid, gid: gid === 0 ? uid : gid, isKnown: false };
}
