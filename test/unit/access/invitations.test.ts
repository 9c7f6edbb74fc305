import { expect, test } from 'vitest';
import type { Access } from '../../../src/access/index.ts';
import type { SlipwayError } from '../../../src/kernel/index.ts';
import { openAccess } from '../../fixtures/open-access.ts';
import { ManualClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const FROM = { address: '192.0.2.7', browser: 'Firefox' };
const PASSWORD = 'correct horse battery';
const HOUR_MS = 3_600_000;
const ANYBODY = { user: null, role: null, apps: null, by: 'root' };

test('an invitation makes one user and logs in; the first one is the administrator', async () => {
  const { access } = openAccess();
  const { token } = access.invitations.create(ANYBODY);
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(access.invitations.look(token)).toMatchObject({ user: null, role: 'admin', apps: null });
  const step = await access.acceptInvitation({ token, user: 'ada', password: PASSWORD }, FROM);
  expect(step).toMatchObject({ next: 'done', user: { name: 'ada', role: 'admin', apps: null } });
  expect(access.authenticate({ session: secretOf(step) })).toMatchObject({ name: 'ada', role: 'admin' });
  expect(access.invitations.create(ANYBODY).invitation.role).toBe('viewer');
});

test('an invitation is spent by whoever accepts it, and by nobody who looks at it', async () => {
  const { access } = openAccess();
  const { token } = access.invitations.create(ANYBODY);
  for (let looks = 0; looks < 3; looks++) access.invitations.look(token);
  await access.acceptInvitation({ token, user: 'ada', password: PASSWORD }, FROM);
  expect(() => access.invitations.look(token)).toThrow(
    expect.objectContaining({ code: 'invitation_refused' }),
  );
  expect(await codeOf(access.acceptInvitation({ token, user: 'eve', password: PASSWORD }, FROM))).toBe(
    'invitation_refused',
  );
});

test('of two who accept one invitation at once, one wins', async () => {
  const { access } = openAccess();
  const { token } = access.invitations.create(ANYBODY);
  const users = ['ada', 'bob', 'eve', 'zoe'];
  const codes = await Promise.all(
    users.map((user) => codeOf(access.acceptInvitation({ token, user, password: PASSWORD }, FROM))),
  );
  expect(codes.filter((code) => code === null)).toHaveLength(1);
  expect(codes.filter((code) => code === 'invitation_refused')).toHaveLength(3);
  expect(access.users.list()).toHaveLength(1);
});

test('what cannot be accepted spends no invitation', async () => {
  const { access } = openAccess();
  await invite(access, 'ada');
  const { token } = access.invitations.create(ANYBODY);
  const accept = (user: string, password = PASSWORD) =>
    codeOf(access.acceptInvitation({ token, user, password }, FROM));
  for (const name of ['ada', 'ADA', 'slipway', 'nobody', 'a b', '-a', '', 'a'.repeat(65), 'ä', '../x'])
    expect(await accept(name)).toBe('user_refused');
  for (const password of ['short', 'bob-bob-bob-bob', 'aaaaaaaaaaaaaaaa', `${PASSWORD}\n`, 'x'.repeat(1025)])
    expect(await accept('bob-bob', password)).toBe('password_refused');
  expect(await accept('bob')).toBeNull();
});

test('an invitation is for an hour, under the next agent too', () => {
  const clock = new ManualClock();
  const folder = temporaryFolder();
  const first = openAccess({ folder, clock });
  const { token } = first.access.invitations.create(ANYBODY);
  first.leave();
  clock.advance(HOUR_MS - 1);
  const second = openAccess({ folder, clock });
  expect(second.access.invitations.look(token)).toMatchObject({ role: 'admin' });
  clock.advance(1);
  const refused = expect.objectContaining({ code: 'invitation_refused' });
  expect(() => second.access.invitations.look(token)).toThrow(refused);
  second.leave();
  clock.setWall(-HOUR_MS);
  expect(() => openAccess({ folder, clock }).access.invitations.look(token)).toThrow(refused);
});

test('the journal has no link that lets in', () => {
  const { access, journal } = openAccess();
  const { token } = access.invitations.create(ANYBODY);
  expect(JSON.stringify(journal.tables.access.invitations())).not.toContain(token);
});

test('an invitation for a user who is there gives a new password, and ends the sessions', async () => {
  const { access } = openAccess();
  const former = secretOf(await invite(access, 'ada'));
  const ended: string[] = [];
  access.ended.on((session) => ended.push(session));
  const { token, invitation } = access.invitations.create({ ...ANYBODY, user: 'Ada' });
  expect(invitation).toMatchObject({ user: 'ada', role: 'admin' });
  expect(await codeOf(access.acceptInvitation({ token, user: 'eve', password: PASSWORD }, FROM))).toBe(
    'user_refused',
  );
  const step = await access.acceptInvitation({ token, user: 'ada', password: 'another password' }, FROM);
  expect(access.authenticate({ session: former })).toBeNull();
  expect(access.authenticate({ session: secretOf(step) })).toMatchObject({ name: 'ada' });
  expect(ended).toEqual(['1']);
  expect(access.users.list()).toHaveLength(1);
  expect(await codeOf(access.logIn({ user: 'ada', password: PASSWORD }, FROM))).toBe('login_refused');
  expect(await codeOf(access.logIn({ user: 'ada', password: 'another password' }, FROM))).toBeNull();
});

test('of two invitations for one new name, the second gives nobody the user of the first', async () => {
  const { access } = openAccess();
  const [first, second] = [1, 2].map(() => access.invitations.create({ ...ANYBODY, user: 'bob' }).token);
  await access.acceptInvitation({ token: String(first), user: 'bob', password: PASSWORD }, FROM);
  const stolen = { token: String(second), user: 'bob', password: 'of somebody else' };
  expect(await codeOf(access.acceptInvitation(stolen, FROM))).toBe('user_refused');
});

test('whoever may do less, or is gone, has no invitation left that gives more', async () => {
  const { access } = openAccess();
  await invite(access, 'ada');
  await invite(access, 'bob');
  const made = [
    access.invitations.create({ ...ANYBODY, user: 'bob', role: 'admin' }),
    access.invitations.create({ ...ANYBODY, role: 'admin', by: 'bob' }),
  ];
  access.users.setGrant('bob', { role: 'viewer', apps: ['shop'] });
  for (const { token } of made) expect(() => access.invitations.look(token)).toThrow('no invitation');
  const last = access.invitations.create({ ...ANYBODY, by: 'bob' });
  access.users.remove('bob');
  expect(() => access.invitations.look(last.token)).toThrow('no invitation');
});

test('an agent that dies before an invitation is accepted leaves it, and no user', async () => {
  const folder = temporaryFolder();
  const { access, journal, leave } = openAccess({ folder });
  const { token } = access.invitations.create(ANYBODY);
  journal.committing.on((entry) => {
    if (entry.includes('accepts')) throw new Error('killed');
  });
  await expect(access.acceptInvitation({ token, user: 'ada', password: PASSWORD }, FROM)).rejects.toThrow(
    'killed',
  );
  leave();
  const next = openAccess({ folder });
  expect(next.access.users.list()).toEqual([]);
  expect(
    await codeOf(next.access.acceptInvitation({ token, user: 'ada', password: PASSWORD }, FROM)),
  ).toBeNull();
});

test('a hundred invitations are kept, and the oldest goes', () => {
  const { access, journal } = openAccess();
  const tokens = Array.from({ length: 101 }, () => access.invitations.create(ANYBODY).token);
  expect(journal.tables.access.invitations()).toHaveLength(100);
  expect(() => access.invitations.look(String(tokens[0]))).toThrow('no invitation');
  expect(access.invitations.look(String(tokens[1]))).toMatchObject({ role: 'admin' });
});

async function invite(access: Access, user: string) {
  const { token } = access.invitations.create(ANYBODY);
  return await access.acceptInvitation({ token, user, password: PASSWORD }, FROM);
}

function secretOf(step: object): string {
  return 'secret' in step ? String(step.secret) : '';
}

/** Null: it is done. */
async function codeOf(work: Promise<unknown>): Promise<string | null> {
  return await work.then(
    () => null,
    (error: SlipwayError) => error.code,
  );
}
