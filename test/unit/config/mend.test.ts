import { expect, test } from 'vitest';
import { errorsOf } from './written.ts';

const SERVICE = `  - name: shop
    kind: service
    runtime: elixir
    port: 4000
`;
const SOURCE = '    source: { type: bucket, url: /srv/shop }\n';
const SITE = `  - name: page
    kind: site
    source: { type: git, url: https://example.com/page.git }
`;
const service = (more: string) => errorsOf(`apps:\n${SERVICE}${SOURCE}${more}`);

test('a key of the other kind is told as such', () => {
  expect(service('    domain: shop.example.com\n')).toEqual([
    'apps[0].domain: `domain` is a key of sites; shop is a service',
  ]);
  expect(errorsOf(`apps:\n${SITE}    port: 80\n`)).toEqual([
    'apps[0].port: `port` is a key of services; page is a site',
  ]);
});

test.each([
  ['instances: 3', 'instances: unknown key - did you mean "replicas"?'],
  ['cmd: x', 'cmd: unknown key - did you mean "start"?'],
  ['command: x', 'command: unknown key - did you mean "start"?'],
  ['healthcheck: /', 'healthcheck: unknown key - did you mean "health" or "ready"?'],
  ['environment_variables: {}', 'environment_variables: unknown key - did you mean "env"?'],
  ['repo: x', 'repo: unknown key - did you mean "source"?'],
  ['image: x', 'image: unknown key - did you mean "source"?'],
])('what other tools call it, %s, is told by its name here', (line, error) => {
  expect(service(`    ${line}\n`)).toEqual([`apps[0].${error}`]);
});

test('a directory of a site, and variables as environment, are told by their names', () => {
  expect(errorsOf(`apps:\n${SITE}    directory: /webroot\n`)).toEqual([
    'apps[0].directory: unknown key - did you mean "root"?',
  ]);
  expect(service('    environment: { A: b }\n')).toEqual([
    expect.stringMatching(/^apps\[0\]\.environment: must be .* - did you mean "env"\?$/),
  ]);
});

test('a wrong kind is one error, and the rest is checked', () => {
  const asSite = `apps:\n${SERVICE.replace('kind: service', 'kind: site')}${SOURCE}`;
  expect(errorsOf(asSite)).toEqual([
    'apps[0].kind: is site, and `runtime`, `port` are keys of services - did you mean "service"?',
  ]);
  const none = `apps:\n${SERVICE.replace('kind: service', 'kind: container')}${SOURCE}    replicas: none\n`;
  expect(errorsOf(none)).toEqual([
    'apps[0].kind: must be one of service, site - did you mean "service"?',
    expect.stringMatching(/^apps\[0\]\.replicas: must be /),
  ]);
});

test('keys that stand at the wrong depth are one error, and the rest is checked', () => {
  const flat = '    source:\n    type: bucket\n    url: /srv/shop\n    replicas: none\n';
  expect(errorsOf(`apps:\n${SERVICE}${flat}`)).toEqual([
    'apps[0].type: is a key of source - indent it below source, and so `url`',
    expect.stringMatching(/^apps\[0\]\.replicas: must be /),
  ]);
  const site = 'apps:\n  - name: page\n    kind: site\n    source:\n    type: git\n    url: /srv/page.git\n';
  expect(errorsOf(site)).toEqual(['apps[0].url: is a key of source - indent it below source, and so `type`']);
  const deep = '    source:\n      type: bucket\n      url: /srv/shop\n      replicas: 2\n';
  expect(errorsOf(`apps:\n${SERVICE}${deep}`)).toEqual([
    'apps[0].source.replicas: is a key of the app, and stands below source - indent it as source',
  ]);
  const outside =
    'apps:\n- name: shop\nkind: service\nruntime: elixir\nport: 4000\nsource: { type: upload }\n';
  expect(errorsOf(outside)).toEqual([
    'kind: is a key of apps, and stands outside of apps[0] - indent it as the keys of the app, and so `runtime`, `port`, `source`',
  ]);
});
