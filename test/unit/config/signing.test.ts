import { expect, test } from 'vitest';
import { changedApps } from '../../../src/config/index.ts';
import { errorsOf, load } from './written.ts';

const KEY = 'RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3';
const OTHER = 'RWTAPRW37CQEiIZ5MkV3QwL9ONGVnZxwSlVFX2S8ZHWzZc0s7SH0LU31';

function file({ host = 'null', app }: { host?: string; app?: string }): string {
  const own = app === undefined ? '' : `\n    signing: ${app}`;
  return `signing: ${host}
apps:
  - name: api
    kind: service
    runtime: elixir
    source: { type: bucket, url: /srv/releases/api }${own}
  - name: shop
    kind: site
    source: { type: git, url: https://example.com/shop.git }
`;
}

test('the keys of the host are those of each app that takes archives', () => {
  const { apps, signing } = load(file({ host: `{ keys: [${KEY}] }` }));
  expect([signing, ...apps.map((app) => app.signing)]).toEqual([[KEY], [KEY], null]);
  expect(load(file({})).apps.map((app) => app.signing)).toEqual([null, null]);
});

test('an app has keys of its own, or none', () => {
  const host = `{ keys: [${KEY}] }`;
  expect(load(file({ host, app: `{ keys: [${OTHER}, ${KEY}] }` })).apps[0]?.signing).toEqual([OTHER, KEY]);
  expect(load(file({ host, app: 'null' })).apps[0]?.signing).toBeNull();
  expect(load(file({ app: `{ keys: [${KEY}] }` })).apps[0]?.signing).toEqual([KEY]);
});

test('other keys of the host are a change of its apps that restarts nothing', () => {
  const [before, after] = [load(file({})), load(file({ host: `{ keys: [${KEY}] }` }))];
  expect(changedApps(before, after)).toEqual({
    api: { restart: false, changed: ['signing'] },
    shop: 'unchanged',
  });
});

test.each([
  ['[]', 'must be a list of one public key at least'],
  ['[minisign.pub]', 'must be a public key of minisign'],
  [`["${KEY.slice(0, -1)}!"]`, 'must be a public key of minisign'],
  [`["Q${KEY.slice(1)}"]`, 'it is the second line of a minisign.pub, or what `slipway keys make` prints'],
  ['[1]', 'must be a public key of minisign'],
])('keys that are %s are refused', (keys, error) => {
  expect(errorsOf(file({ host: `{ keys: ${keys} }` })).join()).toContain(error);
});

test('a repository has no archives to be signed', () => {
  const text = `${file({})}    signing: { keys: [${KEY}] }\n`;
  expect(errorsOf(text)).toEqual([
    'apps[1].signing: is for archives: a commit has no signature of minisign - take it away',
  ]);
});
