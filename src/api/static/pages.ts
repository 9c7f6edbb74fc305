import type { IncomingMessage } from 'node:http';

/** A part of a path, as it was sent. */
const PART = '[^/?#]{1,300}';

/** The addresses of the pages: all of them are one document, which finds out what it is to show. */
const PAGES = [
  '',
  `apps/${PART}`,
  `apps/${PART}/instances/${PART}`,
  `deployments/${PART}`,
  'timeline',
  'logs',
  'audit',
  'users',
  'tokens',
  'sessions',
  'host',
  'account',
  'log-in',
  'invitation',
  'api',
];
const PAGE = new RegExp(`^/(${PAGES.join('|')})$`);
const ASSET = /^\/assets\/([A-Za-z0-9_-][A-Za-z0-9._-]{0,200})$/;

/** The name that what is asked for has in the folder of the pages; null where it is none of theirs. */
export function fileFor(target: string): string | null {
  const [path = ''] = target.split('?', 1);
  if (PAGE.test(path)) return 'index.html';
  if (path === '/console') return 'console.html';
  const asset = ASSET.exec(path)?.[1];
  return asset === undefined ? null : `assets/${asset}`;
}

/** Whether a request is for what everybody may load: nothing in it is of an app. */
export function isOfPages({ method = '', url = '' }: Pick<IncomingMessage, 'method' | 'url'>): boolean {
  return ['GET', 'HEAD'].includes(method) && fileFor(url) !== null;
}

/** Whether a browser asks for a page that there is not: its reader is told so by the pages, in words. */
export function isOfNoPage({ method = '', url = '', headers }: IncomingMessage): boolean {
  const asksForPage = ['GET', 'HEAD'].includes(method) && /\btext\/html\b/i.test(headers.accept ?? '');
  return asksForPage && fileFor(url) === null && !/^\/(api|hooks)\//.test(url);
}
