import fs from 'node:fs';
import { type ErrorCode, reasonOf, redact, SlipwayError, safeText } from '../../kernel/index.ts';
import type { Address } from './address.ts';
import { GitFailure } from './process.ts';

interface Explanation {
  pattern: RegExp;
  code: ErrorCode;
  message: (repository: string) => string;
  hint: string;
  next: (at: Place) => string;
}

/** What the commands for a person need. */
interface Place {
  url: string;
  host: string;
  /** Empty for the usual one. */
  port: string;
  knownHosts: string;
}

/** They are tried in this order: ssh tells of a changed key, then that verification failed. */
const EXPLANATIONS: Explanation[] = [
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    code: 'repository_unreachable',
    message: (repository) => `the host of ${repository} showed another key than the one that is known`,
    hint: 'either it got a new key, or somebody else answers in its place; ask whoever runs it',
    next: ({ host, port, knownHosts }) =>
      `ssh-keygen -R ${shellWord(port === '' ? host : `[${host}]:${port}`)} -f ${shellWord(knownHosts)}`,
  },
  {
    pattern: /Host key verification failed|No \S+ host key is known for/,
    code: 'repository_unreachable',
    message: (repository) => `the host of ${repository} is not known`,
    hint: 'its key must be in known_hosts; compare it with what the host publishes',
    next: ({ host, port, knownHosts }) =>
      `ssh-keyscan${port === '' ? '' : ` -p ${port}`} ${host} >> ${shellWord(knownHosts)}`,
  },
  {
    pattern: /Permission denied \(|Too many authentication failures/,
    code: 'repository_unreachable',
    message: (repository) => `authentication failed for ${repository}: the host takes none of the keys`,
    hint: 'a deploy key has no passphrase, and its public half is known to the host',
    next: ({ url }) => `git ls-remote ${url}`,
  },
  {
    pattern:
      /Authentication failed|could not read (Username|Password)|returned error: 40[13]|terminal prompts disabled/i,
    code: 'repository_unreachable',
    message: (repository) => `authentication failed for ${repository}`,
    hint: 'no token is configured, or the host does not take it',
    next: () => 'slipway config check',
  },
  {
    pattern: /Could not resolve host|Name or service not known|Temporary failure in name resolution/i,
    code: 'repository_unreachable',
    message: (repository) => `the host of ${repository} cannot be found`,
    hint: 'its name has no address, or no name server answers',
    next: ({ host }) => `getent hosts ${host}`,
  },
  {
    pattern:
      /Connection refused|timed out|No route to host|Network is unreachable|Failed to connect|unable to connect/i,
    code: 'repository_unreachable',
    message: (repository) => `the host of ${repository} cannot be reached`,
    hint: 'nothing answers there',
    next: ({ url }) => `git ls-remote ${url}`,
  },
  {
    pattern:
      /not found|does not appear to be a git repository|not exported|does not exist|no such repository/i,
    code: 'repository_unreachable',
    message: (repository) => `there is no repository ${repository}, or it is not shown to this agent`,
    hint: 'private repositories hide from those who may not read them',
    next: ({ url }) => `git ls-remote ${url}`,
  },
  {
    pattern: /No space left on device|Disk quota exceeded/i,
    code: 'disk_full',
    message: (repository) => `the disk is full: ${repository} cannot be fetched`,
    hint: '',
    next: () => 'df -h',
  },
  {
    pattern: /'lfs' is not a git command|git-lfs: (command )?not found|cannot run git-lfs/i,
    code: 'start_failed',
    message: (repository) => `git-lfs is not installed, and the large files of ${repository} need it`,
    hint: '',
    next: () => 'apt-get install git-lfs',
  },
];

/** A sentence for what git said of this repository; anything that is not git's is passed through. */
export function explain(error: unknown, address: Address, knownHosts: string | null): unknown {
  if (!(error instanceof GitFailure)) return error;
  const place = placeOf(address, knownHosts);
  const found = EXPLANATIONS.find(({ pattern }) => pattern.test(error.stderr));
  if (!found)
    return new SlipwayError('repository_unreachable', {
      message: `git could not read ${address.url}: ${lastWords(error)}`,
      hint: 'what is live was left as it was',
      next: `git ls-remote ${address.url}`,
      cause: error,
    });
  return new SlipwayError(found.code, {
    message: found.message(address.url),
    hint: [found.hint, 'what is live was left as it was'].filter(Boolean).join('; '),
    next: found.next(place),
    cause: new Error(redact(error.message)),
  });
}

/** The first line in which git says that it gives up, without the noise around it. */
export function lastWords(error: GitFailure): string {
  const lines = error.stderr
    .split(/[\r\n]+/)
    .map((line) => line.replace(/^remote: */, '').trim())
    .filter(Boolean);
  const telling = lines.find((line) => /^(fatal|error|ERROR):/.test(line)) ?? lines.at(-1) ?? error.message;
  return safeText(telling.replace(/^(fatal|error|ERROR): */, ''), { maxLength: 300 });
}

function placeOf(address: Address, knownHosts: string | null): Place {
  const isUrl = /^[a-z]+:\/\//.test(address.url);
  const { hostname: host, port } = isUrl
    ? new URL(address.url)
    : { hostname: address.url.replace(/^[^@/]*@/, '').replace(/:.*/s, ''), port: '' };
  return { url: address.url, host, port, knownHosts: knownHosts ?? '~/.ssh/known_hosts' };
}

/** What a look that failed makes of the source: a local repository that is not there yet is waited for. */
export function sightOfMissing(
  error: unknown,
  address: Address,
): { state: 'waiting' | 'error'; reason: string } {
  const absent = address.transport === 'local' && !fs.existsSync(address.url);
  if (absent)
    return { state: 'waiting', reason: `there is no repository yet: ${address.url} does not exist` };
  return { state: 'error', reason: reasonOf(error) };
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
