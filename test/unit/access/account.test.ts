import { expect, test } from 'vitest';
import { type Access, ownerOf, type Principal } from '../../../src/access/index.ts';
import { openAccess } from '../../fixtures/open-access.ts';
import { codeOf, FROM, join, PASSWORD, secretOf } from '../../fixtures/people.ts';

const NEXT = 'another password';

test('a change of the password ends all sessions, and opens a new one for who changed it', async () => {
  const { access } = openAccess();
  const first = await join(access, 'ada');
  const second = secretOf(await access.logIn({ user: 'ada', password: PASSWORD }, FROM));
  const ended: string[] = [];
  access.ended.on((session) => ended.push(session));
  const own = principalOf(access, second);
  const change = { current: PASSWORD, password: NEXT, from: FROM };
  const third = await access.account.changePassword(own, change);
  expect(ended.toSorted((a, b) => a.localeCompare(b))).toEqual(['1', '2']);
  for (const secret of [first, second]) expect(access.authenticate({ session: secret })).toBeNull();
  expect(access.authenticate({ session: third })).toMatchObject({ name: 'ada', session: '3' });
  expect(await codeOf(access.logIn({ user: 'ada', password: PASSWORD }, FROM))).toBe('login_refused');
  expect(await codeOf(access.logIn({ user: 'ada', password: NEXT }, FROM))).toBeNull();
});

test('whoever has a session alone changes no password, and guesses as slowly as at the log-in', async () => {
  const { access } = openAccess();
  const own = principalOf(access, await join(access, 'ada'));
  const guess = (current: string) =>
    codeOf(access.account.changePassword(own, { current, password: NEXT, from: FROM }));
  for (let wrong = 0; wrong < 5; wrong++) expect(await guess('guessed')).toBe('password_refused');
  expect(await guess('guessed')).toBe('login_delayed');
});

test('a new password is none that is easy to guess, nor the present one', async () => {
  const { access } = openAccess();
  const own = principalOf(access, await join(access, 'ada-lovelace'));
  for (const password of ['short', 'Ada-Lovelace', 'ada-lovelace1', 'abababababab', PASSWORD])
    expect(
      await codeOf(access.account.changePassword(own, { current: PASSWORD, password, from: FROM })),
    ).toBe('password_refused');
});

test('somebody sees and ends his own sessions alone', async () => {
  const { access } = openAccess();
  const ada = principalOf(access, await join(access, 'ada'));
  const secret = await join(access, 'bob');
  const bob = principalOf(access, secret);
  expect(access.account.sessions(bob).map(({ id }) => String(id))).toEqual([bob.session]);
  expect(() => access.account.endSession(ada, String(bob.session))).toThrow(
    expect.objectContaining({ code: 'session_unknown' }),
  );
  expect(access.authenticate({ session: secret })).not.toBeNull();
  access.account.endSession(bob, String(bob.session));
  expect(access.authenticate({ session: secret })).toBeNull();
});

test('who logs out ends his session, and whoever has none ends nobody else', async () => {
  const { access } = openAccess();
  const secret = await join(access, 'ada');
  const ada = principalOf(access, secret);
  access.logOut({ ...ada, session: '99' }, FROM);
  access.logOut({ ...ownerOf('ada'), session: ada.session }, FROM);
  expect(access.authenticate({ session: secret })).not.toBeNull();
  access.logOut(ada, FROM);
  expect(access.authenticate({ session: secret })).toBeNull();
});

test('neither a token nor the socket has an account', async () => {
  const { access } = openAccess();
  await join(access, 'ada');
  const { token } = access.tokens.create({
    name: 'ada',
    role: 'admin',
    apps: null,
    by: 'ada',
    expiresMs: null,
  });
  const bearer = access.authenticate({ bearer: token }) as Principal;
  for (const principal of [bearer, ownerOf('ada')]) {
    const change = { current: PASSWORD, password: NEXT, from: FROM };
    expect(await codeOf(access.account.changePassword(principal, change))).toBe('forbidden');
    expect(await codeOf(access.account.setUpTotp(principal))).toBe('forbidden');
    expect(() => access.account.sessions(principal)).toThrow(expect.objectContaining({ code: 'forbidden' }));
    expect(access.account.look(principal)).toEqual({ totp: false, passkeys: [], recoveryCodes: 0 });
  }
});

test('all sessions of a user are ended by somebody else', async () => {
  const { access } = openAccess();
  const secret = await join(access, 'ada');
  expect(access.endSessionsOf('ada')).toEqual({ name: 'ada', count: 1 });
  expect(access.authenticate({ session: secret })).toBeNull();
  expect(access.endSessionsOf('ada').count).toBe(0);
});

function principalOf(access: Access, session: string): Principal {
  const principal = access.authenticate({ session });
  if (!principal) throw new Error('nobody came in');
  return principal;
}
