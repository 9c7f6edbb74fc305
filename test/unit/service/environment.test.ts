import os from 'node:os';
import { expect, test } from 'vitest';
import { baseEnvironment } from '../../../src/app/environment.ts';
import { composeEnvironment } from '../../../src/service/environment.ts';

const options = {
  agent: {
    PATH: '/usr/bin',
    HOME: '/home/agent',
    USER: 'agent',
    LOGNAME: 'agent',
    SECRET_KEY_BASE: 'handed on',
    RELEASE_VSN: '9',
    RELEASE_COOKIE: 'agents',
    BINDIR: '/b',
    ROOTDIR: '/r',
    ELIXIR_ERL_OPTIONS: '-x',
    NODE_OPTIONS: '--inspect',
    npm_config_x: '1',
    DEPLOYEX_X: '1',
    SLIPWAY_SOCKET: '/s',
    NOTIFY_SOCKET: '/run/notify',
    LISTEN_FDS: '1',
    CREDENTIALS_DIRECTORY: '/run/credentials/slipway.service',
    INVOCATION_ID: '1',
    JOURNAL_STREAM: '8:1',
    ERL_EPMD_PORT: '4370',
  },
  inherit: true,
  own: { DATABASE_URL: 'ecto://' },
  runtime: 'elixir',
  names: { node: 'web', suffix: '' },
  instance: 2,
  port: 4000,
  cookie: null,
  account: null,
} as const;

test('what steers the agent is kept from the apps, the rest of its environment is handed on', () => {
  expect(composeEnvironment(options)).toEqual({
    PATH: '/usr/bin',
    HOME: '/home/agent',
    USER: 'agent',
    LOGNAME: 'agent',
    SECRET_KEY_BASE: 'handed on',
    ERL_EPMD_PORT: '4370',
    DATABASE_URL: 'ecto://',
    RELEASE_DISTRIBUTION: 'sname',
    RELEASE_COOKIE: 'agents',
    RELEASE_NODE_SUFFIX: '-2',
    RELEASE_NODE: 'web-2',
    PORT: '4001',
  });
});

test('nodes are called as configured, also where a release makes the name by itself', () => {
  const names = { node: 'till', suffix: '-staging' };
  expect(composeEnvironment({ ...options, own: { RELEASE_NODE: 'till' }, names })).toMatchObject({
    RELEASE_NODE: 'till-2',
    RELEASE_NODE_SUFFIX: '-staging-2',
  });
});

test('without inheritance only what a process needs is handed on', () => {
  const env = composeEnvironment({ ...options, inherit: false });
  expect(env.SECRET_KEY_BASE).toBeUndefined();
  expect(env.PATH).toBe('/usr/bin');
  expect(env.ERL_EPMD_PORT).toBe('4370');
});

test('the cookie is the configured one, else the agent\'s, else "cookie"', () => {
  expect(composeEnvironment({ ...options, cookie: 'configured' }).RELEASE_COOKIE).toBe('configured');
  expect(composeEnvironment({ ...options, agent: {} }).RELEASE_COOKIE).toBe('cookie');
  expect(composeEnvironment({ ...options, own: { RELEASE_COOKIE: 'own' }, cookie: 'x' }).RELEASE_COOKIE).toBe(
    'own',
  );
});

test('another user has a HOME and a name of his own', () => {
  const env = composeEnvironment({ ...options, account: { name: 'deployer', home: '/home/deployer' } });
  expect(env).toMatchObject({ HOME: '/home/deployer', USER: 'deployer', LOGNAME: 'deployer' });
});

test('a process has a HOME, a name and a PATH though the agent was started with none', () => {
  const { username, homedir } = os.userInfo();
  const env = baseEnvironment({ agent: {}, inherit: true, own: {}, account: null });
  expect(env).toEqual({
    HOME: homedir,
    USER: username,
    LOGNAME: username,
    PATH: expect.stringContaining('/usr/bin'),
  });
});
