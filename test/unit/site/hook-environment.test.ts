import path from 'node:path';
import { expect, test } from 'vitest';
import { hookEnvironment, reloadEnvironment, repositoryName } from '../../../src/site/hook-environment.ts';
import { COMMIT, siteStep } from '../../fixtures/site-step.ts';

test('a hook has every variable of the contract, over the environment of the app and its secrets', () => {
  const { step, context, directory } = siteStep({
    configuration: { domain: 'shop.example', appType: 'laravel', env: { OWN: '1', COMMIT_ID: 'not this' } },
    secrets: { API_KEY: 'a long secret' },
  });
  const { root } = context.layout;
  expect(hookEnvironment(step, { hook: 'rollback/before', account: null })).toEqual({
    ...context.agentEnvironment,
    OWN: '1',
    API_KEY: 'a long secret',
    APPLICATION_ROOT: directory,
    DEPLOYMENT_DIRECTORY: directory,
    RELEASE_NUMBER: 'deployment_7.ab12cd3',
    COMMIT_ID: COMMIT,
    DEPLOY_BRANCH: 'main',
    REPO_NAME: 'shop',
    TARGET_HOOK: 'rollback.before',
    ENVIRONMENT_NAME: 'production',
    APP_TYPE: 'laravel',
    APP_DOMAIN: 'shop.example',
    PERSISTENT_STORAGE_DIRECTORY: path.join(root, 'storage'),
    STORAGE_DIRECTORY: path.join(root, 'storage'),
    LOG_DIRECTORY: path.join(root, 'logs'),
    NODE_PATH: path.join(root, 'node_modules'),
    COMPOSER_MEMORY_LIMIT: '-1',
  });
});

test('with keep_git, git trusts the release beside what the app sets of it', () => {
  const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'user.name', GIT_CONFIG_VALUE_0: 'Ada' };
  const { step, directory } = siteStep({ configuration: { env, keepGit: true } });
  expect(hookEnvironment(step, { hook: null, account: null })).toMatchObject({
    ...env,
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_1: 'safe.directory',
    GIT_CONFIG_VALUE_1: directory,
  });
});

test('modules that are not shared are those of the release, and no source has no name', () => {
  const { step, directory } = siteStep({ configuration: { shared: [], source: { type: 'upload' } } });
  const env = hookEnvironment(step, { hook: null, account: null });
  expect(env).toMatchObject({
    NODE_PATH: path.join(directory, 'node_modules'),
    REPO_NAME: '',
    APP_DOMAIN: '',
  });
  expect(env.TARGET_HOOK).toBeUndefined();
});

test('what is run as the agent’s own user has nothing in its environment that the app says', () => {
  const env = { PATH: '/tmp/planted', LD_PRELOAD: '/tmp/planted.so', BASH_ENV: '/tmp/planted', OWN: '1' };
  const { step, directory } = siteStep({ configuration: { env }, secrets: { API_KEY: 'a long secret' } });
  const found = reloadEnvironment(step);
  expect(found).toMatchObject({
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    DEPLOYMENT_DIRECTORY: directory,
  });
  for (const name of ['LD_PRELOAD', 'BASH_ENV', 'OWN', 'API_KEY', 'NODE_PATH'])
    expect(found[name], name).toBeUndefined();
});

test('another user has a home and a name of his own', () => {
  const { step } = siteStep();
  const account = { name: 'deployer', home: '/home/deployer', uid: 1, gid: 1 };
  expect(hookEnvironment(step, { hook: null, account })).toMatchObject({
    HOME: '/home/deployer',
    USER: 'deployer',
    LOGNAME: 'deployer',
  });
});

test.each([
  ['https://example.com/acme/shop.git', 'shop'],
  ['https://example.com/acme/shop', 'shop'],
  ['ssh://git@example.com:22/acme/shop.git/', 'shop'],
  ['git@example.com:shop.git', 'shop'],
  ['/srv/git/shop/.git', 'shop'],
])('the name of the repository %s is %s', (url, name) => {
  expect(repositoryName(url)).toBe(name);
});
