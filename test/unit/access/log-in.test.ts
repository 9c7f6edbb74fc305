import { hash as bcryptOf } from '@node-rs/bcrypt';
import { expect, test } from 'vitest';
import type { Access } from '../../../src/access/index.ts';
import { openAccess } from '../../fixtures/open-access.ts';
import { codeOf, FROM, join, PASSWORD, secretOf } from '../../fixtures/people.ts';
import { ManualClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const ALL = { app: null, apps: null, actor: null, limit: 100, before: null };

test('who says the right password gets a session that nobody had before', async () => {
  const { access } = openAccess();
  const first = await join(access, 'ada');
  const second = secretOf(await access.logIn({ user: 'ADA', password: PASSWORD }, FROM));
  expect(second).not.toBe(first);
  expect(access.authenticate({ session: second })).toMatchObject({ name: 'ada', kind: 'user' });
  expect(access.authenticate({ session: first })).toMatchObject({ name: 'ada' });
});

test('a wrong password and an unknown user are refused alike, and noted without what was typed', async () => {
  const { access } = openAccess();
  await join(access, 'ada');
  const refusals = await Promise.all(
    ['ada', 'my-password-typed-as-a-name'].map((user) =>
      access.logIn({ user, password: 'guessed' }, FROM).catch((error: unknown) => error),
    ),
  );
  expect(refusals[0]).toMatchObject({ code: 'login_refused' });
  expect(String(refusals[1])).toBe(String(refusals[0]));
  const rows = access.audit.list(ALL);
  expect(
    rows
      .slice(0, 2)
      .map(({ actor }) => actor)
      .toSorted((a, b) => a.localeCompare(b)),
  ).toEqual(['ada', 'nobody']);
  expect(rows[0]).toMatchObject({
    action: 'log in',
    outcome: 'refused',
    stranger: true,
    address: FROM.address,
  });
  expect(JSON.stringify(rows)).not.toContain('typed-as-a-name');
});

test('many guesses are held up, and the right password too where they came from', async () => {
  const clock = new ManualClock();
  const { access } = openAccess({ clock });
  await join(access, 'ada', { from: { ...FROM, address: '192.0.2.99' } });
  const guess = (password: string, address = '10.0.0.1') =>
    codeOf(access.logIn({ user: 'ada', password }, { ...FROM, address }));
  for (let wrong = 0; wrong < 5; wrong++) expect(await guess('guessed')).toBe('login_refused');
  expect(await guess(PASSWORD)).toBe('login_delayed');
  expect(await guess(PASSWORD, '10.0.0.2')).toBeNull();
  clock.advance(1000);
  expect(await guess(PASSWORD)).toBeNull();
});

test('a user who is removed, or has another password meanwhile, does not come in', async () => {
  const { access } = openAccess();
  await join(access, 'ada');
  const removed = codeOf(access.logIn({ user: 'ada', password: PASSWORD }, FROM));
  access.users.remove('ada');
  expect(await removed).toBe('login_refused');
});

test('what DEPLOYEX_ADMIN_HASHED_PASSWORD says lets admin in, and is hashed anew then', async () => {
  const folder = temporaryFolder();
  const env = { DEPLOYEX_ADMIN_HASHED_PASSWORD: (await bcryptOf(PASSWORD, 5)).replace(/^\$2.\$/, '$2y$') };
  const { access, said, journal, leave } = openAccess({ folder, env });
  expect(said).toEqual(['the user admin has the password of DEPLOYEX_ADMIN_HASHED_PASSWORD']);
  expect(await codeOf(access.logIn({ user: 'admin', password: 'guessed' }, FROM))).toBe('login_refused');
  expect(journal.tables.access.userByName('admin')?.password).toMatch(/^\$2y\$/);
  const step = await access.logIn({ user: 'admin', password: PASSWORD }, FROM);
  expect(step).toMatchObject({ next: 'done', user: { name: 'admin', role: 'admin', apps: null } });
  expect(journal.tables.access.userByName('admin')?.password).toMatch(/^\$argon2id\$v=19\$m=32768,t=3,p=1\$/);
  expect(await codeOf(access.logIn({ user: 'admin', password: PASSWORD }, FROM))).toBeNull();
  access.users.remove('admin');
  leave();
  const next = openAccess({ folder, env });
  expect(next.access.users.list()).toEqual([]);
  expect(next.said.join()).toContain('does not bring him again');
});

test.each(['secret', '$2a$10$short', '$2b$31$7XkQ0yYxJxZ1mZ0w1m1mXu3b1Kc0H1v5yF6qGQ2nZ8pWxYtRsLmDe'])(
  'no user is made of %j, which is no hash that can be compared',
  (hash) => {
    const { access, said } = openAccess({ env: { DEPLOYEX_ADMIN_HASHED_PASSWORD: hash } });
    expect(access.users.list()).toEqual([]);
    expect(said[0]).toContain('is no hash of bcrypt');
    expect(said[1]).toBe('nobody can log in yet: slipway user invite');
  },
);

test('known and unknown users take the same time, those with a hash of bcrypt too', async () => {
  const env = { DEPLOYEX_ADMIN_HASHED_PASSWORD: await bcryptOf(PASSWORD, 10) };
  const { access } = openAccess({ env });
  await join(access, 'ada');
  const times = new Map<string, number[]>();
  let host = 0;
  for (let round = 0; round < 5; round++)
    for (const user of ['admin', 'ada', 'nobody-here']) {
      const from = { ...FROM, address: `10.0.0.${host++}` };
      const began = process.cpuUsage();
      await codeOf(access.logIn({ user, password: 'guessed' }, from));
      times.set(user, [...(times.get(user) ?? []), process.cpuUsage(began).user]);
    }
  // Time of the processor, and the least of each: what else the machine does makes it more, never less.
  const least = [...times.values()].map((each) => Math.min(...each));
  expect(Math.max(...least) / Math.min(...least)).toBeLessThan(1.7);
});

test('a bounded number of passwords is compared at once, and of the rest few wait', async () => {
  const { access } = openAccess();
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, host) => guessFrom(access, `10.0.${host}.1`)),
  );
  expect(outcomes.filter((code) => code === 'login_delayed').length).toBeGreaterThanOrEqual(10);
  expect(outcomes.filter((code) => code === 'login_refused').length).toBeGreaterThanOrEqual(32);
  expect(await guessFrom(access, '10.0.99.1')).toBe('login_refused');
});

test('roles and apps are those of now, and what is open is told when they change', async () => {
  const { access } = openAccess();
  const secret = await join(access, 'ada');
  const ended: string[] = [];
  access.ended.on((session) => ended.push(session));
  access.users.setGrant('ada', { role: 'viewer', apps: ['shop'] });
  expect(access.authenticate({ session: secret })).toMatchObject({ role: 'viewer', apps: ['shop'] });
  expect(ended).toEqual(['1']);
  access.users.setGrant('ADA', { role: 'deployer', apps: undefined });
  expect(access.authenticate({ session: secret })).toMatchObject({ role: 'deployer', apps: ['shop'] });
  access.users.remove('ada');
  expect(access.authenticate({ session: secret })).toBeNull();
  expect(ended).toEqual(['1', '1', '1']);
  expect(() => access.users.find('ad')).toThrow(expect.objectContaining({ code: 'user_unknown' }));
});

async function guessFrom(access: Access, address: string): Promise<string | null> {
  return await codeOf(access.logIn({ user: 'somebody', password: 'guessed' }, { ...FROM, address }));
}
