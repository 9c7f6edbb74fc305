import { quote, Refusal } from './refusal.ts';

const SEGMENT_MAX_BYTES = 255;
/** Half of PATH_MAX: the directory that it is unpacked into needs room as well. */
const PATH_MAX_BYTES = 2048;

/**
 * The path of an entry below the directory: segments joined by `/`, without `.` and empty ones; '' is the directory
 * itself. Anything that could be understood in two ways is refused, never repaired.
 */
export function entryPath(name: string): string {
  checkText(name, 'has a name', name);
  if (name === '') throw new Refusal('has an empty name', name);
  if (name.startsWith('/')) throw new Refusal('has an absolute path', name);
  const segments = name.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) throw new Refusal('has ".." in its path', name);
  if (segments.some((segment) => Buffer.byteLength(segment) > SEGMENT_MAX_BYTES))
    throw new Refusal(`has a name longer than ${SEGMENT_MAX_BYTES} bytes`, name);
  return segments.join('/');
}

/** The folder of a path that `entryPath` gave: '' for what lies at the top. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/**
 * Refuses a symbolic link that leads out of the directory. `path` comes from `entryPath`, and its folders are known to
 * be no links. `isLink` tells which paths are links.
 *
 * A `..` at the start of the target climbs from a real folder, so counting is exact. A `..` behind a link climbs from
 * wherever that link leads, which counting cannot see: refused. So no chain of links can leave the directory.
 */
export function checkTarget(link: { path: string; target: string }, isLink: (path: string) => boolean): void {
  const { path, target } = link;
  checkText(target, 'is a link with a target', path);
  const to = `is a link to ${quote(target)}, which`;
  if (target === '') throw new Refusal('is a link to nowhere', path);
  if (target.startsWith('/')) throw new Refusal(`${to} is an absolute path`, path);
  const place = parentOf(path).split('/').filter(Boolean);
  let behindLink = false;
  for (const segment of target.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') {
      place.push(segment);
      behindLink ||= isLink(place.join('/'));
    } else if (place.length === 0) throw new Refusal(`${to} leads out of the directory`, path);
    else if (behindLink) throw new Refusal(`${to} climbs out of another link`, path);
    else place.pop();
  }
}

function checkText(text: string, subject: string, entry: string): void {
  if (/\p{Cc}/u.test(text)) throw new Refusal(`${subject} that holds control characters`, entry);
  if (text.includes('\ufffd')) throw new Refusal(`${subject} that is not UTF-8`, entry);
  if (Buffer.byteLength(text) > PATH_MAX_BYTES)
    throw new Refusal(`${subject} longer than ${PATH_MAX_BYTES} bytes`, entry);
}
