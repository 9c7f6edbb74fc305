import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { AppSecrets } from '../../../src/app/secrets.ts';
import { redact, SlipwayError } from '../../../src/kernel/index.ts';
import { siteGround } from '../site/ground.ts';

function refusal(fn: () => unknown): SlipwayError {
  try {
    fn();
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const set = (variables: Record<string, string>) => ({ set: variables, unset: [] });

test('a secret is read as it was set, listed by name and time alone, and gone when it is unset', () => {
  const { context, data } = siteGround();
  const store = new AppSecrets(context);
  const value = 'line one\nüber "quoted" $HOME \\ end\r\n';
  expect(store.all()).toEqual({});
  const before = Date.now();
  store.change(set({ API_KEY: value, EMPTY: '' }));
  expect(store.all()).toEqual({ API_KEY: value, EMPTY: '' });
  expect(store.list()).toEqual([
    { name: 'API_KEY', setAt: expect.any(Number) },
    { name: 'EMPTY', setAt: expect.any(Number) },
  ]);
  expect(store.list()[0]?.setAt).toBeGreaterThanOrEqual(before);
  expect(JSON.stringify(store.list())).not.toContain('über');
  const { size, mode } = fs.statSync(path.join(data, 'key'));
  expect([size, mode & 0o777]).toEqual([32, 0o600]);
  expect(store.change({ set: { OTHER: 'x' }, unset: ['API_KEY', 'NEVER_WAS'] })).toEqual(['NEVER_WAS']);
  expect(store.all()).toEqual({ EMPTY: '', OTHER: 'x' });
});

test('no file of the journal holds a secret in the clear, and no two encryptions are the same', () => {
  const { context, data } = siteGround();
  const store = new AppSecrets(context);
  const value = `clear-${randomBytes(12).toString('hex')}`;
  store.change(set({ ONE: value, TWO: value }));
  const [one, two] = context.journal.tables.secrets(context.key);
  expect(Buffer.from(one?.value ?? []).equals(Buffer.from(two?.value ?? []))).toBe(false);
  const files = fs.readdirSync(data).filter((name) => name.startsWith('slipway.db'));
  expect(files).toContain('slipway.db-wal');
  for (const name of files) expect(fs.readFileSync(path.join(data, name)).includes(value), name).toBe(false);
});

test('every value is masked once it is set or read by another agent, line by line', () => {
  const value = `value-${randomBytes(8).toString('hex')}`;
  const pem = `-----BEGIN-----\n${randomBytes(24).toString('hex')}\n-----END-----`;
  const { context } = siteGround();
  new AppSecrets(context).change(set({ PLAIN: value, PEM: pem }));
  expect(redact(`it is ${value}.`)).toBe('it is [redacted].');
  expect(redact(`  ${pem.split('\n')[1]}`)).toBe('  [redacted]');
  const refused = `refused-${randomBytes(8).toString('hex')}`;
  refusal(() => new AppSecrets(context).change(set({ '1X': refused })));
  expect(redact(refused)).toBe('[redacted]');
});

test('a value that was moved to another name or app cannot be read, nor one that was changed', () => {
  const { context } = siteGround();
  const store = new AppSecrets(context);
  store.change(set({ ONE: 'the first', TWO: 'the second' }));
  const [one] = context.journal.tables.secrets(context.key);
  if (!one) throw new Error('no row');
  const put = (row: object) =>
    context.journal.write('by hand', (tables) => tables.putSecret({ ...one, ...row }));
  put({ variable: 'TWO' });
  expect(refusal(() => store.all()).message).toMatch(/a secret cannot be read: TWO$/);
  put({ name: 'blog' });
  const blog = new AppSecrets({ ...context, key: { name: 'blog', environment: 'production' }, id: 'blog' });
  expect(refusal(() => blog.all()).message).toContain('ONE');
  const changed = Buffer.from(one.value);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  put({ value: changed });
  expect(refusal(() => store.all()).message).toContain('2 secrets cannot be read: ONE, TWO');
});

test('a key file that others can read, or that is no key, is refused, and nothing is changed', () => {
  const { context, data } = siteGround();
  const store = new AppSecrets(context);
  const file = path.join(data, 'key');
  store.change(set({ ONE: 'the first' }));
  const key = fs.readFileSync(file);

  fs.chmodSync(file, 0o640);
  expect(refusal(() => store.all())).toMatchObject({
    code: 'permission',
    message: expect.stringContaining('0640'),
  });
  expect(refusal(() => store.change(set({ ONE: 'another' })))).toMatchObject({ code: 'permission' });
  expect(fs.statSync(file).mode & 0o777).toBe(0o640);

  fs.chmodSync(file, 0o600);
  fs.writeFileSync(file, key.subarray(0, 31));
  expect(refusal(() => store.all()).message).toContain('31 bytes and not 32');
  expect(refusal(() => store.change(set({ ONE: 'another' }))).message).toContain('31 bytes');
  expect(fs.statSync(file).size).toBe(31);

  fs.rmSync(file);
  fs.symlinkSync('/etc/hostname', file);
  expect(refusal(() => store.all()).message).toContain('/key');

  fs.rmSync(file);
  fs.writeFileSync(file, key, { mode: 0o600 });
  expect(store.all()).toEqual({ ONE: 'the first' });
});

test('without its key secrets are told by name; they can be unset or all replaced, none added', () => {
  const { context, data } = siteGround();
  const store = new AppSecrets(context);
  const file = path.join(data, 'key');
  const blog = new AppSecrets({ ...context, key: { name: 'blog', environment: 'production' }, id: 'blog' });
  store.change(set({ ONE: 'the first', TWO: 'the second' }));
  blog.change(set({ TITLE: 'a title' }));
  fs.rmSync(file);
  const lost = refusal(() => store.all());
  expect(lost.message).toContain('2 secrets cannot be read: ONE, TWO');
  expect(lost.hint).toContain('/key is gone');
  expect(lost.next).toContain('unset');
  expect(refusal(() => store.change(set({ ONE: 'new', TWO: 'new' }))).message).toContain('TITLE of blog');
  expect(fs.existsSync(file)).toBe(false);
  blog.change({ set: {}, unset: ['TITLE'] });
  expect(refusal(() => store.change(set({ ONE: 'new' }))).message).toContain('TWO');
  store.change(set({ ONE: 'new one', TWO: 'new two' }));
  expect(store.all()).toEqual({ ONE: 'new one', TWO: 'new two' });

  fs.writeFileSync(file, randomBytes(32));
  expect(refusal(() => store.all()).hint).toContain('is not the key');
  expect(refusal(() => store.change(set({ THREE: 'x' }))).message).toContain('ONE, TWO');
});

test('a key that is there already is never replaced, and half a key never left', () => {
  const { context, data } = siteGround();
  new AppSecrets(context).change(set({ ONE: 'the first' }));
  const key = fs.readFileSync(path.join(data, 'key'));
  new AppSecrets(context).change(set({ ONE: 'anew' }));
  expect(fs.readFileSync(path.join(data, 'key'))).toEqual(key);
  expect(fs.readdirSync(data).filter((name) => name.includes('tmp'))).toEqual([]);
});

test.each([
  ['1X', 'x', 'no name of a variable'],
  ['A-B', 'x', 'no name of a variable'],
  ['', 'x', 'no name of a variable'],
  ['PATH', 'x', 'PATH is no name for a secret'],
  ['TARGET_HOOK', 'x', 'TARGET_HOOK is no name for a secret'],
  ['SLIPWAY_RUN', 'x', 'SLIPWAY_RUN is no name for a secret'],
  ['LD_PRELOAD', 'x', 'LD_PRELOAD is no name for a secret'],
  ['NUL', 'a\0b', 'NUL character'],
  ['LARGE', 'é'.repeat(32_769), 'too large'],
])('%j is refused as a secret, and nothing is set', (name, value, why) => {
  const { context, data } = siteGround();
  const store = new AppSecrets(context);
  expect(refusal(() => store.change(set({ FINE: 'fine', [name]: value })))).toMatchObject({
    code: 'secret_invalid',
    message: expect.stringContaining(why),
  });
  expect(store.list()).toEqual([]);
  expect(fs.existsSync(path.join(data, 'key'))).toBe(false);
});

test('secrets are bounded in number, and in size together', () => {
  const { context } = siteGround();
  const store = new AppSecrets(context);
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`N${i}`, 'x']));
  expect(refusal(() => store.change(set({ ...many, ONE_MORE: 'x' }))).message).toContain('1001 secrets');
  store.change(set(many));
  expect(refusal(() => store.change(set({ ONE_MORE: 'x' }))).message).toContain('1001 secrets');
  store.change({ set: { ONE_MORE: 'x' }, unset: ['N0'] });
  expect(store.list()).toHaveLength(1000);
  const large = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`N${i + 1}`, 'x'.repeat(65_536)]));
  expect(refusal(() => store.change(set(large))).message).toContain('larger than 1 MB together');
});

test('a name that is set and unset at once is refused', () => {
  const { context } = siteGround();
  const store = new AppSecrets(context);
  expect(refusal(() => store.change({ set: { A: 'x' }, unset: ['A'] })).message).toContain(
    'A is to be set and to be unset',
  );
});
