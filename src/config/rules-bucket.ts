import { isLoopback } from '../kernel/index.ts';
import { type Finding, mappingOf, type Path } from './findings.ts';

/** Which keys go with which kind of address, and what is not read without TLS. */
export function checkBucket(app: Record<string, unknown>, path: Path): Finding[] {
  const source = mappingOf(app.source);
  const { url } = source;
  if (source.type !== 'bucket' || typeof url !== 'string') return [];
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? 'file';
  const findings: Finding[] = [];
  for (const [key, schemes] of Object.entries(KEYS)) {
    if (source[key] === undefined || source[key] === null || schemes.includes(scheme)) continue;
    const message = `is for a url that begins with ${schemes.map((each) => `${each}://`).join(' or ')}`;
    findings.push({ path: [...path, 'source', key], at: 'key', message, hint: HINTS[key] ?? 'take it away' });
  }
  if (given(source.username) && !given(source.token) && KEYS.token.includes(scheme)) {
    const message = 'is sent with a token only';
    findings.push({ path: [...path, 'source', 'username'], at: 'key', message, hint: 'give the token too' });
  }
  const secret = given(source.token) ? 'token' : URL.parse(url)?.password ? 'url' : null;
  if (secret !== null && leavesHost(url)) {
    const message = `${secret === 'url' ? 'holds a password, which ' : ''}would be read over the network without TLS`;
    findings.push({ path: [...path, 'source', secret], at: 'key', message, hint: 'write https://' });
  }
  return findings;
}

/** `http://` off this host, where nothing is signed: of the file as a whole, whose `signing` counts for apps without their own. */
export function checkPlainHttp(raw: unknown): Finding[] {
  const { apps, signing } = mappingOf(raw);
  if (!Array.isArray(apps)) return [];
  return apps.map(mappingOf).flatMap((app, index) => {
    const { type, url } = mappingOf(app.source);
    const isSigned = given(app.signing) || (app.signing === undefined && given(signing));
    if (type !== 'bucket' || typeof url !== 'string' || isSigned || !leavesHost(url)) return [];
    return [
      {
        path: ['apps', index, 'source', 'url'],
        at: 'value' as const,
        message: 'would be read over the network without TLS',
        hint: 'write https://, or have the releases signed (signing:)',
      },
    ];
  });
}

const KEYS = {
  endpoint: ['s3', 'gs'],
  region: ['s3'],
  path_style: ['s3'],
  profile: ['s3', 'gs'],
  token: ['https', 'http'],
  username: ['https', 'http'],
  owner: ['file'],
};

const HINTS: Record<string, string> = {
  token: 'credentials of s3:// and gs:// are those of the environment, or of a profile:',
  region: 'take it away: there is no region to name',
};

function given(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function leavesHost(url: string): boolean {
  const parsed = /^http:/i.test(url) ? URL.parse(url) : null;
  return parsed !== null && !isLoopback(parsed.hostname.replace(/^\[|\]$/g, ''));
}
