import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  type Configuration,
  ConfigurationError,
  maskedConfiguration,
  outlineConfiguration,
  readConfiguration,
} from '../../../src/config/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const APP = `
    kind: service
    runtime: command
    start: node server.js
    source: { type: bucket, url: /srv/releases }`;

function written(text: string) {
  const file = path.join(temporaryFolder(), 'slipway.yaml');
  fs.writeFileSync(file, text, { mode: 0o644 });
  return readConfiguration({ file, env: {} });
}

const complete = (text: string, values: Record<string, string> = {}): Configuration =>
  written(text).complete((secret) => values[secret] ?? null);

const errorOf = (text: string): string => {
  try {
    complete(text);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
};

const web = (keys: string) => `apps:\n  - name: web${APP}\n${keys.replace(/^/gm, '    ')}\n`;

test('a secret stands for a value wherever an app has one: text, a number, a part of a list', () => {
  const text = `${web('port: { secret: port }\nreplicas: { secret: replicas }\nenv: { A: { secret: a }, secret: plain }\notp: { cookie: { secret: "object#COOKIE" } }')}
  - name: shop
    kind: site
    root: /srv/shop
    source: { type: git, url: { secret: url } }
    webhook: { secret: { secret: hook } }
    workers: [{ name: queue, command: { secret: command } }]
  - name: blog
    kind: site
    root: /srv/blog
    source: { type: upload }
    webhook: { secret: of the webhook itself }
`;
  const values = {
    ...{ port: '4100', replicas: '2', a: '0123', 'object#COOKIE': 'monster' },
    ...{ url: 'https://git:hunter22@example.com/shop.git', hook: 'the hook', command: 'php work --fast' },
  };
  const configuration = complete(text, values);
  const [service, site, blog] = configuration.apps;
  expect(service).toMatchObject({
    ...{ port: 4100, replicas: 2, env: { A: '0123', secret: 'plain' }, otp: { cookie: 'monster' } },
  });
  expect(site).toMatchObject({
    source: { url: 'https://example.com/shop.git', token: 'hunter22', username: 'git' },
    webhook: { secret: 'the hook' },
    workers: [{ command: ['php', 'work', '--fast'] }],
  });
  expect(blog).toMatchObject({ webhook: { secret: 'of the webhook itself' } });
  expect(configuration.waiting).toEqual([]);
  const shown = JSON.stringify(maskedConfiguration(configuration));
  for (const value of ['4100', '0123', 'monster', 'hunter22', 'the hook', '--fast'])
    expect(shown).not.toContain(value);
  expect(maskedConfiguration(configuration)).toMatchObject({
    apps: [
      { port: { secret: 'port' }, env: { A: { secret: 'a' } }, otp: { cookie: { secret: 'object#COOKIE' } } },
      { source: { url: { secret: 'url' } }, webhook: { secret: { secret: 'hook' } } },
      {},
    ],
  });
});

test('an app of which a secret is not known waits, and the others are as without it', () => {
  const text = `${web('env: { A: { secret: a } }')}
  - name: api${APP}
    env: { VERSION: 1.10 }
`;
  const { apps, waiting, references } = complete(text);
  expect(apps).toMatchObject([{ id: 'api', env: { VERSION: '1.10' } }]);
  expect(waiting).toEqual([
    { id: 'web', name: 'web', environment: 'production', kind: 'service', user: null },
  ]);
  expect(references).toEqual([{ app: 'web', secret: 'a', path: ['env', 'A'], refused: null }]);
});

test('a value that does not fit makes its app wait with the reason, and is no error of the file', () => {
  const { apps, waiting, references } = complete(web('port: { secret: port }\nenv: { A: { secret: a } }'), {
    port: 'no number 7',
    a: 'x',
  });
  expect([apps, waiting.map(({ id }) => id)]).toEqual([[], ['web']]);
  expect(references).toMatchObject([
    { secret: 'port', refused: 'must be a whole number from 1 to 65535' },
    { secret: 'a', refused: null },
  ]);
});

test('values that do not go together with the rest make their apps wait', () => {
  const text = `${web('port: 4000')}\n  - name: api${APP}\n    port: { secret: port }\n`;
  expect(complete(text, { port: '6000' }).apps.map(({ id }) => id)).toEqual(['web', 'api']);
  const { apps, waiting } = complete(text, { port: '4002' });
  expect([apps.map(({ id }) => id), waiting.map(({ id }) => id)]).toEqual([['web'], ['api']]);
});

test('what is wrong beside a secret is told with its line; the name of one is no secret', () => {
  const message = errorOf(web('port: { secret: the-name-of-it }\nreplica: 2\nenv: { A: { secret: a b } }'));
  expect(message).toMatch(/slipway\.yaml:8:5: apps\[0\]\.replica: unknown key - did you mean "replicas"\?/);
  expect(message).toMatch(/:9:\d+: apps\[0\]\.env\.A: "a b" is no name of a secret/);
  expect(errorOf(`data: { secret: x }\n${web('port: 4000')}`)).toMatch(
    /:1:1: data: cannot come from a secret: it is needed before any is read - write it out/,
  );
  expect(errorOf(web('environment: { secret: x }'))).toMatch(/environment: cannot come from a secret/);
  expect(complete(web('env: { API_TOKEN: { secret: the-name-of-it } }')).isExposed).toBeUndefined();
});

test('aliases that make one secret many cost no more than their number', () => {
  const rows = (name: string, of: string) => `${name}: &${name} [${Array(20).fill(`*${of}`).join(', ')}]\n`;
  const text = `x: &x { secret: a }\n${rows('a', 'x')}${rows('b', 'a')}${rows('c', 'b')}${rows('d', 'c')}apps: []\n`;
  expect(errorOf(text)).toContain('more than 10000 values come from secrets');
});

test('who only looks at what apps are sees them in spite of their secrets, where a word will do', () => {
  const file = path.join(temporaryFolder(), 'slipway.yaml');
  const text = `${web('user: deployer\nenv: { A: { secret: a } }')}\n  - name: api${APP}\n    port: { secret: port }\n`;
  fs.writeFileSync(file, text);
  const { apps, waiting } = outlineConfiguration({ file, env: {} });
  expect(apps).toMatchObject([{ id: 'web', user: 'deployer' }]);
  expect(waiting.map(({ id }) => id)).toEqual(['api']);
});
