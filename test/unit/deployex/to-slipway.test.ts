import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { checkedConfiguration } from '../../../src/config/index.ts';
import { type Circumstances, readConfiguration, toSlipway } from '../../../src/deployex/index.ts';
import { SlipwayError } from '../../../src/kernel/index.ts';

const FIXTURES = path.join(import.meta.dirname, '../../fixtures/deployex');

const NOTHING: Circumstances = { user: null, certificates: null };
const HOST: Circumstances = {
  user: 'deployex',
  certificates: { cert: '/c/deployex.crt', key: '/c/deployex.key', ca: '/c/ca.crt' },
};

function converted(text: string, name = 'deployex.yaml', circumstances = NOTHING) {
  return toSlipway(readConfiguration(text, name.replace(/\.txt$/, '')), circumstances);
}

/** What became of each example stands beside it; `GOLDEN=write` writes it anew, to be looked at. */
test.each(['deployex-config.json.txt', 'deployex.yaml', 'deployex.service'])(
  '%s becomes the slipway.yaml beside it, which is right',
  async (name) => {
    const text = fs.readFileSync(path.join(FIXTURES, name), 'utf8');
    const made = converted(text, name, HOST);
    const golden = path.join(FIXTURES, `${name}.slipway.yaml`);
    if (process.env.GOLDEN === 'write') fs.writeFileSync(golden, made.text);
    expect(made.text).toBe(fs.readFileSync(golden, 'utf8'));
    expect(checkedConfiguration(made.text, 'slipway.yaml').apps.length).toBeGreaterThan(0);
  },
);

test('every key that is unknown, or that nothing is made of, is told', () => {
  const text = fs.readFileSync(path.join(FIXTURES, 'deployex.yaml'), 'utf8');
  const keys = converted(text).leftOut.map(({ key }) => key);
  expect(keys).toEqual(
    expect.arrayContaining([
      'version',
      'monitoring',
      'notifications',
      'applications[0].replica_ports (METRICS_PORT)',
      'applications[0].monitoring',
      'applications[1].replica',
    ]),
  );
  expect(converted(text).leftOut.find(({ key }) => key.endsWith('.replica'))?.why).toMatch(/"replicas"\?/);
});

test('a file of variables is read, quotes and export and all', () => {
  const made = converted(
    'export DEPLOYEX_MONITORED_APP_NAME="shop"\nDEPLOYEX_RELEASE_ADAPTER=local\nFEATURE=\'on\'\n',
    'deployex.env',
  );
  const [app] = checkedConfiguration(made.text, 'slipway.yaml').apps;
  expect(app).toMatchObject({
    ...{ name: 'shop', environment: 'local', env: { FEATURE: 'on' }, port: 4000, replicas: 3 },
    source: { url: '/tmp/shop' },
  });
});

test.each([
  ['{ "app_name": "a", "replicas": "many" }', 'replicas must be a whole number'],
  ['{ "app_name": "a", "env": [] }', 'env must be a mapping'],
  ['{ "replicas": 3 }', 'app_name is missing'],
  ['{ "app_name": "a",\n  "env": { "PASSWORD": "hunter2 }\n}', ':2: this is not valid JSON'],
  ['applications:\n  - name: a\n   env: x\n', ':3: this is not valid YAML'],
  ['- 1\n', 'it must be a mapping'],
  ['[Service]\nUser=x\n', 'names no app'],
])('%j is refused, with its place and without its values', (text, message) => {
  const thrown = (() => {
    try {
      return converted(text);
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toBeInstanceOf(SlipwayError);
  expect((thrown as SlipwayError).code).toBe('import_refused');
  expect((thrown as SlipwayError).message).toContain(message);
  expect((thrown as SlipwayError).message).not.toContain('hunter2');
});

test('a value cannot break out of its place in the YAML, nor a key out of its comment', () => {
  const text = JSON.stringify({
    app_name: 'a',
    env: { A: 'x\nuser: root # y', 'B\nuser: root': '1' },
    'evil\nuser: root': 1,
  });
  const { apps } = checkedConfiguration(converted(text).text, 'slipway.yaml');
  expect(apps[0]).toMatchObject({ user: null, env: { A: 'x\nuser: root # y' } });
});
