import { expect, test } from 'vitest';
import type { Access } from '../../../src/access/index.ts';
import type { Journal, UserRow } from '../../../src/journal/index.ts';
import { openAccess } from '../../fixtures/open-access.ts';
import { DAY_MS, ManualClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const FROM = { address: '192.0.2.7', browser: 'Firefox' };

test('whoever has the secret of a session is its user, as long as it lasts', () => {
  const { access, journal } = openAccess();
  const secret = access.sessions.open(userIn(journal), FROM);
  expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(whose(access, secret)).toEqual({
    ...{ kind: 'user', name: 'ada', role: 'viewer', apps: ['shop'] },
    ...{ session: '1', token: null },
  });
  for (const other of ['', '1', secret.slice(1), hash(journal)]) expect(whose(access, other)).toBeNull();
  expect(access.authenticate({ bearer: secret })).toBeNull();
});

test('a session that nobody uses ends after a day, and for good', () => {
  const clock = new ManualClock();
  const { access, journal } = openAccess({ clock });
  const secret = access.sessions.open(userIn(journal), FROM);
  clock.advance(DAY_MS - 1);
  expect(whose(access, secret)).not.toBeNull();
  clock.advance(DAY_MS);
  const ended: string[] = [];
  access.ended.on((what) => ended.push(what));
  expect(whose(access, secret)).toBeNull();
  expect(ended).toEqual(['1']);
  expect(journal.tables.access.sessions()).toEqual([]);
});

test('a session that is used all the time ends after two weeks', () => {
  const clock = new ManualClock();
  const { access, journal } = openAccess({ clock });
  const secret = access.sessions.open(userIn(journal), FROM);
  for (let hours = 0; hours < 14 * 24; hours++) {
    expect(whose(access, secret)).not.toBeNull();
    clock.advance(DAY_MS / 24);
  }
  expect(whose(access, secret)).toBeNull();
});

test('a session outlives its agent, and expires although the clock was set back', () => {
  const clock = new ManualClock();
  const folder = temporaryFolder();
  const first = openAccess({ folder, clock });
  const secret = first.access.sessions.open(userIn(first.journal), FROM);
  first.leave();
  const second = openAccess({ folder, clock });
  expect(whose(second.access, secret)).not.toBeNull();
  clock.advance(2 * DAY_MS);
  clock.setWall(-2 * DAY_MS);
  expect(whose(second.access, secret)).toBeNull();
  second.leave();
  expect(whose(openAccess({ folder, clock }).access, secret)).toBeNull();
});

test('each log-in has a secret of its own, and the fifty newest of a user are kept', () => {
  const { access, journal } = openAccess();
  const user = userIn(journal);
  const secrets = Array.from({ length: 51 }, () => access.sessions.open(user, FROM));
  expect(new Set(secrets).size).toBe(51);
  expect(secrets.map((secret) => whose(access, secret) !== null)).toEqual([false, ...Array(50).fill(true)]);
});

test('what a browser says of itself is kept short, and harmless', () => {
  const { access, journal } = openAccess();
  const user = userIn(journal);
  access.sessions.open(user, { ...FROM, browser: `\x1b[2J${'x'.repeat(10_000)}` });
  const [session] = access.sessions.alive(user.id);
  expect(session?.browser).toMatch(/^\\x1b\[2Jx{190,200} /);
});

function userIn(journal: Journal): UserRow {
  const id = journal.write('a user', ({ access }) =>
    access.addUser({
      ...{ name: 'ada', role: 'viewer', apps: ['shop'], password: '', createdAt: 1, lastLogInAt: null },
      ...{ totp: null, totpConfirmed: false, totpStep: 0 },
    }),
  );
  return journal.tables.access.userById(id) as UserRow;
}

function whose(access: Access, secret: string) {
  return access.authenticate({ session: secret });
}

function hash(journal: Journal): string {
  return journal.tables.access.sessions()[0]?.hash ?? '';
}
