import { hkdfSync, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {
  closing,
  errnoOf,
  registerSecret,
  SlipwayError,
  syncDirectory,
  uniqueName,
} from '../kernel/index.ts';

const KEY_BYTES = 32;
/** What is shorter could be guessed; `mix phx.gen.secret` gives 64. */
const BASE_MIN_LENGTH = 32;

/**
 * The key that secrets are sealed with, `<data>/key`; null where there is none. One that an earlier Slipway has made gets its
 * name of now.
 * @throws SlipwayError `permission` where others may read the file, `key_mismatch` where it holds no key
 */
export function readKey(dataDirectory: string): Buffer | null {
  const file = fileIn(dataDirectory);
  const fd = opened(file) ?? (renamedEarlier(dataDirectory) ? opened(file) : null);
  if (fd === null) return null;
  using _ = closing(fd);
  const { mode, uid, size } = fs.fstatSync(fd);
  if ((mode & fs.constants.S_IFMT) !== fs.constants.S_IFREG) throw notUsable(file, 'it is no regular file');
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0)
    throw new SlipwayError('permission', {
      message: `${file} can be read by others than the agent: mode 0${(mode & 0o777).toString(8)}, owner ${uid}`,
      hint: 'secrets are not used with a key that others may know; nothing was changed',
      next: `chown ${process.getuid?.()} ${file} && chmod 600 ${file}   (and set the secrets anew, where somebody may have read it)`,
    });
  if (size !== KEY_BYTES) throw notUsable(file, `it has ${size} bytes and not ${KEY_BYTES}`);
  const key = Buffer.alloc(KEY_BYTES);
  if (fs.readSync(fd, key) !== KEY_BYTES) throw notUsable(file, 'it cannot be read whole');
  return key;
}

/** Makes the key, durably and whole. Where there is one, that one is the key. */
export function makeKey(dataDirectory: string, bytes: Buffer = randomBytes(KEY_BYTES)): Buffer {
  const known = readKey(dataDirectory);
  if (known) return known;
  const file = fileIn(dataDirectory);
  const temporary = uniqueName(file);
  const fd = fs.openSync(temporary, 'wx', 0o600);
  try {
    fs.writeFileSync(fd, bytes);
    fs.fsyncSync(fd);
    // A link, and not a rename: it never takes the place of a key that is there.
    fs.linkSync(temporary, file);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  } finally {
    fs.closeSync(fd);
    fs.rmSync(temporary, { force: true });
  }
  syncDirectory(dataDirectory);
  const key = readKey(dataDirectory);
  if (key) return key;
  throw notUsable(file, 'it is gone again');
}

/**
 * Makes the key of DEPLOYEX_SECRET_KEY_BASE, where that is given and there is none: whoever has the one can make the other
 * again. Gives in words why it cannot be made of it; null: nothing is amiss.
 */
export function makeKeyFrom(dataDirectory: string, base: string): string | null {
  registerSecret(base);
  if (readKey(dataDirectory) !== null) return null;
  if (base.length < BASE_MIN_LENGTH)
    return `DEPLOYEX_SECRET_KEY_BASE has ${base.length} characters and not ${BASE_MIN_LENGTH}: no key is made of it, and one that nobody can guess is made when it is needed`;
  makeKey(dataDirectory, Buffer.from(hkdfSync('sha256', base, '', 'slipway key', KEY_BYTES)));
  return null;
}

function opened(file: string): number | null {
  try {
    return fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw notUsable(file, `it cannot be opened (${errnoOf(error)})`, error);
  }
}

/** Whether there was a key of an earlier Slipway's name, `secret.key`. */
function renamedEarlier(dataDirectory: string): boolean {
  try {
    fs.renameSync(path.join(dataDirectory, 'secret.key'), fileIn(dataDirectory));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw notUsable(
      path.join(dataDirectory, 'secret.key'),
      `it cannot be renamed (${errnoOf(error)})`,
      error,
    );
  }
  syncDirectory(dataDirectory);
  return true;
}

function fileIn(dataDirectory: string): string {
  return path.join(dataDirectory, 'key');
}

function notUsable(file: string, why: string, cause?: unknown): SlipwayError {
  return new SlipwayError('key_mismatch', {
    message: `${file} is not the key of the secrets: ${why}`,
    hint: 'it was left as it is, and no secret was changed',
    next: `put ${file} back from a backup; or, where there is none: rm ${file}, and set the secrets anew`,
    cause,
  });
}
