import { expect, it } from 'vitest';
import { changeBetween, type ProxyDescription } from '../../../src/proxy/index.ts';
import { plain, proxyApp, proxyDescription, slotsOf } from '../../support/haproxy.ts';

const certificate = (digest: string) => [{ file: 'certificates/a.pem', digest }];
const app = proxyApp({ id: 'api@staging', domains: plain('a.test'), slots: slotsOf([1, 2]) });
const before = proxyDescription({ apps: [app], certificates: certificate('1') });

it.each<[string, Partial<ProxyDescription>, ReturnType<typeof changeBetween>]>([
  ['nothing', {}, { certificates: [] }],
  [
    'the content of a certificate',
    { certificates: certificate('2') },
    { certificates: ['certificates/a.pem'] },
  ],
  ['a page', { apps: [{ ...app, pages: { maintenance: 'pages/a.html', error: null } }] }, 'reload'],
  [
    'a new certificate',
    { certificates: [...certificate('1'), { file: 'certificates/b.pem', digest: '1' }] },
    'reload',
  ],
  ['a domain', { apps: [{ ...app, domains: plain('b.test') }] }, 'reload'],
  ['a port', { apps: [{ ...app, slots: slotsOf([1, 3]) }] }, 'reload'],
  ['an app more', { apps: [app, proxyApp({ id: 'new' })] }, 'reload'],
  ['an address', { http: { host: '*', port: 80 } }, 'reload'],
])('a change of %s', (_, change, expected) => {
  expect(changeBetween(before, { ...before, ...change })).toEqual(expected);
});
