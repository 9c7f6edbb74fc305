import { FILES } from './folder.ts';
import { word } from './text.ts';

/** Where requests go that an authority asks of a name, to see whose it is. */
export const CHALLENGES = 'acme.';

/** Below it, by HTTP-01 of ACME: RFC 8555, section 8.3. */
const FOLDER = '/.well-known/acme-challenge/';

const CONTENT = `path,map_str(${FILES.challenges})`;

/**
 * Goes before all that an app has to say, redirects and who is let in among them, and for what is in the map alone: whatever else is
 * below that folder goes the way of any request.
 */
export function challengeRoute(): string {
  return `    use_backend ${CHALLENGES} if { path -m beg ${FOLDER} } { ${CONTENT} -m found }`;
}

export function challengeBackend(): string[] {
  return [
    `backend ${CHALLENGES}`,
    `    http-request return status 200 content-type application/octet-stream lf-string "%[${CONTENT}]"`,
  ];
}

/** An entry a line: path and content, which cannot be read as more than that. */
export function challengeMap(contents: ReadonlyMap<string, string>): string {
  return [...contents].map(([path, content]) => `${entryOf(path, content)}\n`).join('');
}

export function entryOf(path: string, content: string): string {
  return [word('path', path), word('challenge', content)].map((each) => each.slice(1, -1)).join(' ');
}
