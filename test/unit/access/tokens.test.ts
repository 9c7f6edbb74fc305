import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openAccess } from '../../fixtures/open-access.ts';
import { DAY_MS, ManualClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const CI = { name: 'ci', role: 'deployer', apps: ['shop'], by: 'ada', expiresMs: null } as const;

test('a token lets in whoever has it, with its role and its apps', () => {
  const { access } = openAccess();
  const { token, id } = access.tokens.create(CI);
  expect(token).toMatch(/^slw_[A-Za-z0-9_-]{43}$/);
  expect(access.authenticate({ bearer: token })).toEqual({
    ...{ kind: 'token', name: 'ci', role: 'deployer', apps: ['shop'] },
    ...{ session: null, token: String(id) },
  });
  for (const other of [
    token.slice(0, -1),
    `${token}A`,
    token.toLowerCase(),
    '',
    'slw_',
    `slw_${'A'.repeat(43)}`,
  ])
    expect(access.authenticate({ bearer: other })).toBeNull();
  expect(access.authenticate({ session: token })).toBeNull();
});

test('the journal has no token, and nothing that could be sent as one', () => {
  const folder = temporaryFolder();
  const { access } = openAccess({ folder });
  const { token } = access.tokens.create(CI);
  const rows = JSON.stringify(access.tokens.list());
  expect(rows).not.toContain(token.slice(4));
  const [row] = access.tokens.list();
  expect(access.authenticate({ bearer: `slw_${row?.hash.slice(0, 43)}` })).toBeNull();
  using database = closed(new Database(`${folder}/slipway.db`, { readonly: true }));
  expect(JSON.stringify(database.all())).not.toContain(token.slice(4));
});

test('a token expires, and a clock that is set back does not bring it again', () => {
  const clock = new ManualClock();
  const { access } = openAccess({ clock });
  const { token } = access.tokens.create({ ...CI, expiresMs: DAY_MS });
  clock.advance(DAY_MS - 1);
  expect(access.authenticate({ bearer: token })).not.toBeNull();
  clock.advance(1);
  expect(access.authenticate({ bearer: token })).toBeNull();
  clock.setWall(-2 * DAY_MS);
  expect(access.authenticate({ bearer: token })).toBeNull();
});

test('a token expires early where the clock is set ahead', () => {
  const clock = new ManualClock();
  const { access } = openAccess({ clock });
  const { token } = access.tokens.create({ ...CI, expiresMs: DAY_MS });
  clock.setWall(DAY_MS);
  expect(access.authenticate({ bearer: token })).toBeNull();
});

test('a token that is revoked lets nobody in, and what was done with it ends', () => {
  const { access } = openAccess();
  const { token, id } = access.tokens.create(CI);
  const other = access.tokens.create(CI);
  const ended: string[] = [];
  access.ended.on((what) => ended.push(what));
  access.tokens.revoke(id);
  expect(ended).toEqual([`token:${id}`]);
  expect(access.authenticate({ bearer: token })).toBeNull();
  expect(access.authenticate({ bearer: other.token })).not.toBeNull();
  expect(() => access.tokens.revoke(77)).toThrow(expect.objectContaining({ code: 'token_unknown' }));
});

test('the last use of a token is noted, at most once a minute', () => {
  const clock = new ManualClock();
  const { access } = openAccess({ clock });
  const { token } = access.tokens.create(CI);
  const lastUse = () => access.tokens.list()[0]?.lastUsedAt;
  expect(lastUse()).toBeNull();
  access.authenticate({ bearer: token });
  const first = lastUse();
  expect(first).toBe(clock.now());
  clock.advance(59_999);
  access.authenticate({ bearer: token });
  expect(lastUse()).toBe(first);
  clock.advance(1);
  access.authenticate({ bearer: token });
  expect(lastUse()).toBe(clock.now());
});

test('there are a thousand tokens at most, and those that are over make room', () => {
  const { access, journal } = openAccess();
  const first = access.tokens.create(CI);
  journal.write('many', (tables) => {
    const [row] = tables.access.tokens();
    if (!row) throw new Error('no token');
    const { id: _, ...rest } = row;
    for (let i = 1; i < 1000; i++) tables.access.addToken({ ...rest, hash: `${i}` });
  });
  expect(() => access.tokens.create(CI)).toThrow('no more are kept');
  access.tokens.revoke(first.id);
  access.tokens.create(CI);
  expect(access.tokens.list()).toHaveLength(1000);
  expect(access.tokens.list().some(({ id }) => id === first.id)).toBe(false);
});

function closed(database: Database.Database) {
  return {
    all: () => database.prepare('SELECT * FROM token').all(),
    [Symbol.dispose]: () => database.close(),
  };
}
