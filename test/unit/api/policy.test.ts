import { expect, test } from 'vitest';
import type { Principal, Role } from '../../../src/access/index.ts';
import { contract } from '../../../src/api/contract.ts';
import { knows, mindsRoot, type Operation, refusal, type Subject } from '../../../src/api/policy.ts';
import { routes } from '../../../src/api/routes.ts';

const who = (role: Role, apps: string[] | null = null): Principal => ({
  kind: 'token',
  name: 'ci',
  role,
  apps,
  session: null,
  token: '1',
});
const shop = { isNamed: true, app: 'shop' };
const nothing = { isNamed: false, app: null };
const codeOf = (principal: Principal | null, operation: Operation, subject: Subject = shop) =>
  refusal(principal, operation, subject)?.code ?? 'may';

test('each operation names its app in its path or in its query, where it is looked for', () => {
  for (const [operation, { method, path }] of Object.entries(routes)) {
    const schema = contract[operation as keyof typeof contract]['~orpc'].inputSchema;
    const keys = Object.keys((schema as { shape?: object } | undefined)?.shape ?? {});
    for (const key of ['app', 'id'].filter((each) => keys.includes(each)))
      expect(path.includes(`{${key}}`) || (method === 'GET' && key === 'app'), operation).toBe(true);
  }
});

test('a role may what the roles below it may, and each has its own', () => {
  const may = (role: Role) =>
    (['status', 'logs', 'deploy', 'env', 'terminal', 'configuration', 'endAgent'] as const).map((operation) =>
      codeOf(who(role), operation),
    );
  expect(may('viewer')).toEqual(['may', 'may', ...Array(5).fill('forbidden')]);
  expect(may('deployer')).toEqual([...Array(5).fill('may'), 'forbidden', 'forbidden']);
  expect(may('admin')).toEqual(Array(7).fill('may'));
});

test('who is let to some apps may nothing of another, nor of one that is not there', () => {
  const ofShop = who('admin', ['shop']);
  expect(codeOf(ofShop, 'deploy')).toBe('may');
  const other = refusal(ofShop, 'deploy', { isNamed: true, app: 'api' });
  expect(other).toEqual({ code: 'forbidden', reason: 'ci is let to shop alone' });
  expect(refusal(ofShop, 'deploy', { isNamed: true, app: null })).toEqual(other);
  expect(codeOf(ofShop, 'deploy', nothing)).toBe('forbidden');
  for (const operation of ['host', 'doctor', 'agentLogs', 'configuration', 'endAgent'] as const)
    expect(codeOf(ofShop, operation, nothing)).toBe('forbidden');
  expect(codeOf(ofShop, 'status', nothing)).toBe('may');
  expect(codeOf(ofShop, 'status', { isNamed: true, app: 'api' })).toBe('forbidden');
  expect(codeOf(who('viewer', []), 'releases')).toBe('forbidden');
});

test('what acts as an app that runs as root takes an admin', () => {
  const root = { ...shop, runsAsRoot: true };
  for (const operation of [
    'upload',
    'env',
    'changeEnv',
    'secrets',
    'changeSecrets',
    'terminal',
    'run',
  ] as const) {
    expect(refusal(who('deployer'), operation, root)?.reason).toContain('shop runs as root');
    expect(codeOf(who('deployer', ['shop']), operation, root)).toBe('forbidden');
    expect(codeOf(who('admin', ['shop']), operation, root)).toBe('may');
    expect(codeOf(who('deployer'), operation)).toBe('may');
    expect([mindsRoot(who('deployer'), operation), mindsRoot(who('admin'), operation)]).toEqual([
      true,
      false,
    ]);
  }
  expect(codeOf(who('deployer'), 'restart', root)).toBe('may');
});

test('a member of a group is held to the role of the group, and logs in nowhere', () => {
  const member = (role: Role): Principal => ({ ...who(role), kind: 'group', token: null });
  expect(codeOf(member('deployer'), 'deploy')).toBe('may');
  expect(codeOf(member('viewer'), 'deploy')).toBe('forbidden');
  const asRoot = { ...shop, runsAsRoot: true };
  expect(codeOf(member('deployer'), 'changeSecrets', asRoot)).toBe('forbidden');
  expect(codeOf(member('admin'), 'changeSecrets', asRoot)).toBe('may');
  for (const operation of ['logIn', 'acceptInvitation', 'passkeyOptions'] as const)
    expect(codeOf(member('admin'), operation)).toBe('forbidden');
});

test('nobody may anything, and the owner of the socket everything', () => {
  const owner = { ...who('viewer', []), kind: 'socket' } as const;
  for (const operation of [...Object.keys(routes), 'upload', 'terminal', 'run', 'hostShell'] as Operation[]) {
    expect(codeOf(owner, operation)).toBe('may');
    const isPublic = routes[operation as keyof typeof routes]?.path.startsWith('/session/') === true;
    expect(codeOf(null, operation), operation).toBe(isPublic ? 'may' : 'unauthenticated');
  }
});

test('what is about no app is known to those who are let to all', () => {
  expect([knows(who('viewer'), null), knows(who('admin', ['shop']), null)]).toEqual([true, false]);
  expect([knows(who('viewer', ['shop']), 'shop'), knows(who('viewer', ['shop']), 'shopping')]).toEqual([
    true,
    false,
  ]);
});
