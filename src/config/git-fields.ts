import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { compilePattern } from '../kernel/index.ts';
import { expected, refuse } from './fields.ts';

const HOST = String.raw`(?:\[[\da-fA-F:.]+\]|[A-Za-z0-9][\w.-]*)`;
const URL_FORMS = [
  // No user or host may begin with a dash: the ssh of some systems would read it as an option.
  new RegExp(`^https?://(?:[^\\s@/-][^\\s@/]*@)?${HOST}(?::\\d{1,5})?/\\S+$`),
  new RegExp(`^ssh://(?:[\\w.][\\w.+-]*@)?${HOST}(?::\\d{1,5})?/\\S+$`),
  new RegExp(`^git://${HOST}(?::\\d{1,5})?/\\S+$`),
  new RegExp(`^[\\w.][\\w.+-]*@${HOST}:[^\\s:-]\\S*$`),
];
const URL_WHAT =
  'https://host/path, ssh://user@host/path, user@host:path, git://host/path, or an absolute path (/srv/git/shop.git, file:///srv/git/shop.git)';

/** No other forms: `ext::` and its like would run any command. */
export function gitUrl() {
  return z.string(expected(URL_WHAT)).transform((written, context) => {
    if (/^\/[^\0\n]*$/.test(written)) return path.resolve(written);
    try {
      if (written.startsWith('file:///')) return path.resolve(fileURLToPath(written));
      if (!/\p{C}/u.test(written) && URL_FORMS.some((form) => form.test(written))) {
        passwordIn(written);
        return written;
      }
    } catch {
      // A broken escape: neither a path nor a password.
    }
    return refuse(context, `must be ${URL_WHAT}`);
  });
}

/** User and password that an http(s) URL holds, and the URL without them; null where it holds no password. */
export function passwordIn(url: string): { url: string; username: string; password: string } | null {
  if (!/^https?:\/\/[^/]*:[^/]*@/.test(url)) return null;
  const parsed = new URL(url);
  const username = decodeURIComponent(parsed.username);
  const password = decodeURIComponent(parsed.password);
  parsed.username = '';
  parsed.password = '';
  return password === '' ? null : { url: parsed.href, username, password };
}

export function branchName() {
  const error = expected('the name of a branch, such as main or release/2');
  return z.string(error).refine(isBranchName, error);
}

const BRANCH_LENGTH = 200;

/** Whether `git check-ref-format --branch` takes it, less what begins with a dash or is no branch for `git branch`. */
function isBranchName(text: string): boolean {
  const wrong = /^[-/]|^HEAD$|^@$|\.\.|@\{|[\p{Cc}\s~^:?*[\\]|\/\/|[./]$/u;
  const parts = text.split('/');
  return (
    text !== '' &&
    text.length <= BRANCH_LENGTH &&
    !wrong.test(text) &&
    parts.every((part) => !part.startsWith('.') && !part.endsWith('.lock'))
  );
}

export function tagPattern() {
  const what = String.raw`a regular expression such as ^v\d+`;
  return z.string(expected(what)).transform((written, context) => {
    if (written === '') return refuse(context, `must be ${what}`);
    const pattern = compilePattern(written);
    return 'problem' in pattern ? refuse(context, `must be ${what}; this one ${pattern.problem}`) : written;
  });
}
