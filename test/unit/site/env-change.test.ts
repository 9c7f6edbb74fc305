import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { redact } from '../../../src/kernel/index.ts';
import { EnvChange } from '../../../src/site/env-change.ts';
import { archiveOffer } from '../../../src/source/index.ts';
import { type Ground, siteGround } from './ground.ts';

const set = (variables: Record<string, string>) => ({ set: variables, unset: [] });

function prepared(env: EnvChange, variables: Record<string, string>): string {
  const file = env.prepare(set(variables));
  if (file === null) throw new Error('nothing was prepared');
  return file;
}

function openDeployment({ context }: Ground, upload: string): number {
  return context.journal.write('a deployment', (tables) =>
    tables.addDeployment({
      ...{
        ...context.key,
        kind: 'env',
        state: 'running',
        release: 1,
        version: '1.0',
        hash: null,
        commitId: null,
      },
      ...{
        offer: { ...archiveOffer('1.0'), upload },
        triggerBy: 'cli',
        actor: 'test',
        liveBefore: 1,
        backTo: null,
      },
      ...{
        hot: null,
        goingBack: null,
        errorCode: null,
        reason: null,
        queuedAt: 1,
        startedAt: 1,
        endedAt: null,
      },
    }),
  );
}

test('a prepared change is private; placed, it is the .env, and can be placed again', async () => {
  const ground = siteGround();
  const env = new EnvChange(ground.context);
  const file = path.join(ground.root, '.env');
  expect(env.list()).toEqual([]);
  const umask = process.umask(0o077);
  try {
    const first = prepared(env, { B: '1', A: 'two words' });
    expect(path.dirname(first)).toBe(path.join(ground.data, 'env', 'shop'));
    expect(fs.statSync(first).mode & 0o777).toBe(0o600);
    expect(fs.existsSync(file)).toBe(false);
    await env.place(first);
    expect(fs.statSync(file).mode & 0o777).toBe(0o640);
    expect(fs.existsSync(first)).toBe(false);
    expect(env.list()).toEqual([
      { name: 'B', value: '1' },
      { name: 'A', value: 'two words' },
    ]);
    await env.place(first);
    expect(env.list()).toHaveLength(2);
  } finally {
    process.umask(umask);
  }
  expect(fs.readdirSync(ground.root).filter((name) => name.startsWith('.tmp-'))).toEqual([]);
});

test('a crash after the .env was placed, and before that was known, changes nothing', async () => {
  const ground = siteGround();
  const env = new EnvChange(ground.context);
  const file = prepared(env, { A: '1' });
  const content = fs.readFileSync(file);
  await env.place(file);
  fs.writeFileSync(file, content);
  await new EnvChange(ground.nextAgent()).place(file);
  expect(env.content()).toEqual(content);
  expect(fs.existsSync(file)).toBe(false);
});

test('the .env gets the owner of the site', async () => {
  const { context, root } = siteGround({ configuration: { owner: { user: 'nobody', group: 'nogroup' } } });
  const env = new EnvChange(context);
  await env.place(prepared(env, { A: '1' }));
  const { uid, gid } = fs.statSync(path.join(root, '.env'));
  expect([uid, gid]).toEqual([65_534, 65_534]);
});

test('with "owner: keep" the .env stays whose it is, with its mode, and so do its copies', async () => {
  const { context, root } = siteGround({ configuration: { owner: null } });
  const file = path.join(root, '.env');
  fs.writeFileSync(file, 'A=0\n');
  fs.chownSync(file, 54_321, 54_322);
  fs.chmodSync(file, 0o600);
  const env = new EnvChange(context);
  await env.place(prepared(env, { A: '1' }));
  const { uid, gid, mode } = fs.statSync(file);
  expect([uid, gid, mode & 0o777]).toEqual([54_321, 54_322, 0o600]);
  expect(await env.ownerOfCopies()).toMatchObject({ uid: 54_321, gid: 54_322 });
});

test('with "owner: keep" a new .env belongs to the user of the site, with its copies', async () => {
  const { context, root } = siteGround({ configuration: { owner: null } });
  const account = { name: 'shop', uid: 54_321, gid: 54_322, home: '/' };
  const env = new EnvChange({ ...context, account: async () => account });
  await env.place(prepared(env, { A: '1' }));
  const file = path.join(root, '.env');
  const { uid, gid, mode } = fs.statSync(file);
  expect([uid, gid, mode & 0o777]).toEqual([54_321, 54_322, 0o640]);
  fs.chownSync(file, 0, 0);
  expect(await env.ownerOfCopies()).toMatchObject({ uid: 54_321, gid: 54_322 });
  await env.place(prepared(env, { A: '2' }));
  expect(fs.statSync(file).uid).toBe(0);
});

test('a change that leaves the .env as it is prepares nothing', () => {
  const { context, root } = siteGround();
  fs.writeFileSync(path.join(root, '.env'), 'A=1\n');
  const env = new EnvChange(context);
  expect(env.prepare(set({ A: '1' }))).toBeNull();
  expect(env.prepare({ set: {}, unset: ['B'] })).toBeNull();
});

test('what no open deployment names is swept, and what one names is kept until it has ended', () => {
  const ground = siteGround();
  const { context } = ground;
  const env = new EnvChange(context);
  env.sweep();
  const named = prepared(env, { A: '1' });
  const left = prepared(env, { A: '2' });
  const id = openDeployment(ground, named);
  env.sweep();
  expect([fs.existsSync(named), fs.existsSync(left)]).toEqual([true, false]);
  context.journal.write('it ended', (tables) => tables.updateDeployment(id, { state: 'failed' }));
  env.sweep();
  expect(fs.existsSync(named)).toBe(false);
});

test('an .env that is a link, no file, or too large is neither read nor replaced', () => {
  const { context, root } = siteGround();
  const env = new EnvChange(context);
  const file = path.join(root, '.env');
  fs.symlinkSync('/etc/passwd', file);
  expect(() => env.list()).toThrow('is a symbolic link');
  expect(() => env.prepare(set({ A: '1' }))).toThrow('is a symbolic link');
  expect(fs.readlinkSync(file)).toBe('/etc/passwd');
  fs.rmSync(file);
  fs.mkdirSync(file);
  expect(() => env.list()).toThrow('is no file');
  fs.rmdirSync(file);
  fs.writeFileSync(file, 'A=1\n'.padEnd(1_048_577, '#'));
  expect(() => env.list()).toThrow('is too large');
  fs.writeFileSync(file, 'A=1\n'.padEnd(1_048_570, '#'));
  expect(() => env.prepare(set({ B: 'no room for this' }))).toThrow('would be too large');
});

test('a bad name is refused, and a value whose name sounds secret is masked from then on', () => {
  const { context } = siteGround();
  const env = new EnvChange(context);
  expect(() => env.prepare(set({ 'A B': '1' }))).toThrow('"A B" is no name of a variable');
  const secret = `pass-${process.pid}-${Date.now()}`;
  prepared(env, { DB_PASSWORD: secret });
  expect(redact(`connected with ${secret}`)).toBe('connected with [redacted]');
});

test('nothing but a prepared change can be placed', async () => {
  const { context } = siteGround();
  await expect(new EnvChange(context).place('/etc/passwd')).rejects.toThrow('/etc/passwd');
  expect(() => new EnvChange(context).prepared('/etc/passwd')).toThrow('/etc/passwd');
});
