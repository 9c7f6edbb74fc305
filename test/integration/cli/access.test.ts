import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type AuditEntry, type Client, connect, type Token, type User } from '../../../src/api/index.ts';
import * as shapes from '../../../src/api/shapes-access.ts';
import { AT } from '../../fixtures/api-states.ts';
import { serveFake } from '../../fixtures/serve-fake.ts';
import { slipway, startCli } from '../../fixtures/slipway.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const PASSWORD = 'correct horse battery';
const USER: User = {
  ...{ user: 'ada', role: 'admin' as const, apps: null, created_at: AT, last_log_in_at: null },
  ...{ totp: true, passkeys: 2, sessions: 1 },
};
const TOKEN: Token = {
  ...{
    id: 7,
    name: 'ci',
    role: 'deployer' as const,
    apps: ['shop', 'api'],
    created_at: AT,
    created_by: 'ada',
  },
  ...{ expires_at: null, last_used_at: null, revoked_at: null },
};
const ENTRY: AuditEntry = {
  ...{ seq: 9, at: AT, actor: 'ada', address: '192.0.2.7', app: 'shop', action: 'pin', subject: 'shop 2.0' },
  ...{ outcome: 'refused' as const, reason: 'it takes the role deployer', before: null, after: null },
};

test('who may log in is listed, as a table and in the shape of the contract', async () => {
  const { backend, socketPath } = await serveFake();
  expect((await slipway(['user', 'list'], { socketPath })).stdout).toContain('slipway user invite');
  backend.userList = [USER, { ...USER, user: 'bob', role: 'viewer', apps: ['shop'], totp: false }];
  const { stdout } = await slipway(['user', 'list'], { socketPath });
  expect(stdout).toMatch(/^USER +ROLE +APPS +SECOND FACTOR +SESSIONS +LAST LOG-IN$/m);
  expect(stdout).toMatch(/^ada +admin +all +codes, 2 passkeys +1 +never$/m);
  const json = await slipway(['user', 'list', '--json'], { socketPath });
  expect(z.array(shapes.user.strict()).parse(JSON.parse(json.stdout))).toEqual(backend.userList);
});

test('users are invited, changed, logged out and removed', async () => {
  const { backend, socketPath } = await serveFake();
  const run = async (...args: string[]) => await slipway(['user', ...args], { socketPath });
  expect(await run('invite', '--role', 'deployer', '--apps', 'shop,api')).toMatchObject({
    status: 0,
    stdout: 'http://127.0.0.1:5001/invitation#one-time\n',
    stderr: expect.stringContaining('within an hour'),
  });
  expect(JSON.parse((await run('invite', '--user', 'ada', '--json')).stdout)).toEqual({
    url: 'http://127.0.0.1:5001/invitation#one-time',
    expires_at: AT,
  });
  await run('set', 'bob', '--role', 'admin', '--all-apps');
  await run('set', 'bob', '--apps', 'shop');
  await run('log-out', 'bob');
  expect((await run('remove', 'bob')).stdout).toBe('removeUser is done\n');
  const caller = expect.objectContaining({ trigger: 'cli' });
  expect(backend.calls).toEqual([
    { operation: 'inviteUser', input: { user: null, role: 'deployer', apps: ['shop', 'api'], caller } },
    { operation: 'inviteUser', input: { user: 'ada', role: null, apps: null, caller } },
    { operation: 'setUser', input: { user: 'bob', role: 'admin', apps: null, caller } },
    { operation: 'setUser', input: { user: 'bob', role: null, apps: ['shop'], caller } },
    { operation: 'endSessionsOf', input: { user: 'bob', caller } },
    { operation: 'removeUser', input: { user: 'bob', caller } },
  ]);
});

test.each([
  [['user', 'set', 'bob'], /what is to be changed\?/],
  [['user', 'set', 'bob', '--apps', 'shop,'], /names with commas/],
  [['user', 'set', 'bob', '--apps', 'shop', '--all-apps'], /cannot be used with/],
  [['user', 'invite', '--role', 'root'], /Allowed choices are viewer, deployer, admin/],
  [['token', 'create', '--name', 'ci'], /--role <role>' not specified/],
  [['token', 'revoke', 'seven'], /whole number/],
])('%j is refused with what would be right', async (args, message) => {
  const { status, stderr } = await slipway(args);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
});

test('a token is printed alone, and listed without it', async () => {
  const { backend, socketPath } = await serveFake();
  const create = ['token', 'create', '--name', 'ci', '--role', 'deployer', '--expires', '90d'];
  const { stdout, stderr } = await slipway(create, { socketPath });
  expect(stdout).toMatch(/^slw_A{43}\n$/);
  expect(stderr).toContain('slipway token revoke 1');
  expect(backend.calls[0]?.input).toMatchObject({ expires_ms: 90 * 86_400_000, apps: null });
  expect((await slipway(['token', 'list'], { socketPath })).stdout).toContain('slipway token create');
  backend.tokenList = [TOKEN, { ...TOKEN, id: 6, apps: null, revoked_at: AT }];
  const { stdout: listed } = await slipway(['token', 'list'], { socketPath });
  expect(listed).toMatch(/^ +7 +ci +deployer +shop, api +ada +never +never$/m);
  expect(listed).toMatch(/^ +6 +ci +deployer +all +ada +never +revoked$/m);
  const json = await slipway(['token', 'list', '--json'], { socketPath });
  expect(z.array(shapes.token.strict()).parse(JSON.parse(json.stdout))).toEqual(backend.tokenList);
  expect((await slipway(['token', 'revoke', '7'], { socketPath })).stdout).toBe('revokeToken is done\n');
});

test('the audit is shown newest first, page by page, with why something was refused', async () => {
  const { backend, socketPath } = await serveFake();
  backend.auditList = Array.from({ length: 1500 }, (_, index) => ({ ...ENTRY, seq: 1500 - index }));
  const { stdout } = await slipway(['audit', '--app', 'shop', '-n', '2'], { socketPath });
  const line = /^\S+ \S+ +ada +192\.0\.2\.7 +pin +shop 2\.0 +refused: it takes the role deployer$/gm;
  expect(stdout.match(line)).toHaveLength(2);
  const json = await slipway(['audit', '-n', '1200', '--json'], { socketPath });
  const entries = z.array(shapes.auditEntry.strict()).parse(JSON.parse(json.stdout));
  expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 1200 }, (_, index) => 1500 - index));
});

test('from the first link to the audit, with a real agent', async () => {
  const data = temporaryFolder();
  const file = path.join(data, 'slipway.yaml');
  const app = `{ name: shop, kind: service, runtime: command, start: sleep 60, source: { type: bucket, url: ${data}/bucket } }`;
  fs.writeFileSync(
    file,
    `data: ${data}\nlogs: ${data}/logs\npublic: https://deploy.example\nlisten: 127.0.0.1:0\napps:\n  - ${app}\n`,
  );
  const agent = startCli(['agent', '--config', file]);
  await waitFor('the agent', () => agent.seen.stderr.includes('is up'));
  expect(agent.seen.stderr).toMatch(/nobody can log in yet: slipway user invite$/m);
  expect(agent.seen.stderr).not.toContain('invitation#');
  const run = async (...args: string[]) => {
    const { status, stdout, stderr } = await slipway([...args, '--config', file, '--json']);
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as unknown;
  };
  const { url } = (await run('user', 'invite')) as { url: string };
  expect(url).toMatch(/^https:\/\/deploy\.example\/invitation#[A-Za-z0-9_-]{43}$/);
  const client: Client = connect({ socketPath: path.join(data, 'slipway.sock'), actor: 'root' });
  const invited = { token: url.split('#')[1] ?? '', user: 'ada', password: PASSWORD };
  expect(await client.lookAtInvitation({ token: invited.token })).toMatchObject({
    user: null,
    role: 'admin',
  });
  expect(await client.acceptInvitation(invited)).toMatchObject({
    next: 'done',
    me: { user: 'ada', kind: 'user', role: 'admin', apps: null, session: '1' },
  });
  await expect(client.acceptInvitation(invited)).rejects.toMatchObject({ code: 'invitation_refused' });
  expect(await client.logIn({ user: 'ada', password: PASSWORD })).toMatchObject({ next: 'done' });
  await expect(client.logIn({ user: 'ada', password: 'guessed' })).rejects.toMatchObject({
    code: 'login_refused',
  });
  expect(await run('user', 'set', 'ada', '--role', 'deployer', '--apps', 'shop')).toMatchObject({
    message: 'ada is deployer of shop now',
  });
  await expect(run('user', 'set', 'ada', '--apps', 'shpo')).rejects.toThrow('no app');
  expect(await run('user', 'list')).toMatchObject([
    { user: 'ada', role: 'deployer', apps: ['shop'], sessions: 2 },
  ]);
  const { token, id } = (await run('token', 'create', '--name', 'ci', '--role', 'viewer')) as {
    token: string;
    id: number;
  };
  await run('token', 'revoke', String(id));
  await run('pin', 'shop', '1.0');
  await run('user', 'remove', 'ada');
  const audit = z.array(shapes.auditEntry).parse(await run('audit'));
  expect(audit.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    'user remove succeeded',
    'pin succeeded',
    'token revoke succeeded',
    'token create succeeded',
    'user set refused',
    'user set succeeded',
    'log in refused',
    'log in succeeded',
    'log in succeeded',
    'accept invitation succeeded',
    'user invite succeeded',
  ]);
  expect(audit[5]).toMatchObject({
    ...{ subject: 'ada', before: { role: 'admin', apps: null } },
    after: { role: 'deployer', apps: ['shop'] },
  });
  expect(audit[1]).toMatchObject({ app: 'shop', before: { pinned: null }, after: { pinned: '1.0' } });
  for (const secret of [token, invited.token, PASSWORD]) expect(JSON.stringify(audit)).not.toContain(secret);
});
