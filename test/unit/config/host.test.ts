import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type ConfigurationError, loadConfiguration } from '../../../src/config/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const app = { kind: 'service', runtime: 'command', start: 'run', source: { type: 'upload' } };
const APPS = [
  { name: 'api', ...app },
  { name: 'api', environment: 'staging', ...app },
  { name: 'shop', environment: 'staging', ...app, log: { forward: [] } },
];

function load(host: Record<string, unknown>) {
  const file = path.join(temporaryFolder(), 'slipway.yaml');
  fs.writeFileSync(file, stringify({ ...host, apps: APPS }));
  return loadConfiguration({ file, env: {} });
}

function issues(host: Record<string, unknown>): string[] {
  try {
    load(host);
    return [];
  } catch (error) {
    return (error as ConfigurationError).issues.map(({ path: at, message }) => `${at} ${message}`);
  }
}

test('where logs go holds for all apps that say nothing else, and where asked for the agent', () => {
  const { apps, log } = load({
    log: { forward: [{ type: 'syslog', url: 'tls://logs.example.com' }], agent: true },
  });
  const target = {
    ...{ type: 'syslog', url: 'tls://logs.example.com:6514', facility: 'daemon' },
    ...{ ca: null, cert: null, key: null },
  };
  expect(log).toEqual({ forward: [target], agent: true });
  expect(apps.map((each) => each.log.forward)).toEqual([[target], [target], []]);
});

test.each([
  ['udp://10.0.0.1', 'udp://10.0.0.1:514'],
  ['tcp://[::1]:5140', 'tcp://[::1]:5140'],
  ['unix:///run/log', 'unix:///run/log'],
])('the address %s is one of syslog', (url, whole) => {
  expect(load({ log: { forward: [{ type: 'syslog', url }] } }).log.forward).toMatchObject([{ url: whole }]);
});

test.each(['http://logs', 'tcp://logs/path', 'tcp://user@logs', 'tls://', 'unix://dev/log', 'logs:514'])(
  'the address %s is none of syslog',
  (url) => {
    expect(issues({ log: { forward: [{ type: 'syslog', url }] } })).toEqual([
      expect.stringMatching(/^log.forward\[0\].url must be an address such as/),
    ]);
  },
);

test('a group is let to apps by their ids, or by a name that is nobody else’s id', () => {
  const apps = (...named: string[]) => load({ socket: { group: 'deploy', apps: named } }).socket?.apps;
  expect([apps('api'), apps('shop', 'api@staging')]).toEqual([['api'], ['shop@staging', 'api@staging']]);
  expect(load({ socket: { group: 'deploy' } }).socket).toEqual({
    ...{ group: 'deploy', role: 'deployer', apps: null, path: '/run/slipway/slipway.sock' },
  });
  expect(issues({ socket: { group: 'deploy', apps: ['shpo'] } })).toEqual([
    'socket.apps[0] is no app of this file',
  ]);
  expect(issues({ socket: { group: 'a b', role: 'root' } })).toHaveLength(2);
});
