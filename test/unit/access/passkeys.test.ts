import { generateSync } from 'otplib/functional';
import { expect, test } from 'vitest';
import type { Access, Principal } from '../../../src/access/index.ts';
import { Authenticator } from '../../fixtures/authenticator.ts';
import { openAccess } from '../../fixtures/open-access.ts';
import { codeOf, FROM, join, PASSWORD, secretOf } from '../../fixtures/people.ts';
import { ManualClock } from '../../support/clock.ts';

test('a passkey lets in without a password', async () => {
  const { access } = openAccess();
  const { principal, device } = await withPasskey(access);
  expect(access.account.look(principal).passkeys).toMatchObject([{ id: device.id, name: 'laptop' }]);
  const step = await logIn(access, device);
  expect(access.authenticate({ session: secretOf(step) })).toMatchObject({ name: 'ada', kind: 'user' });
  expect(access.account.look(principal).passkeys[0]?.lastUsedAt).not.toBeNull();
});

test('a challenge is answered once, within five minutes, by whom it was for', async () => {
  const clock = new ManualClock();
  const { access } = openAccess({ clock });
  const { principal, device } = await withPasskey(access);
  const options = await access.passkeyOptions(null);
  const answer = device.logIn(options);
  expect(await send(access, answer)).toBeNull();
  expect(await send(access, answer)).toBe('factor_refused');
  expect(await send(access, device.logIn({ challenge: 'made-up' }))).toBe('factor_refused');
  const late = device.logIn(await access.passkeyOptions(null));
  clock.advance(5 * 60_000);
  expect(await send(access, late)).toBe('factor_refused');
  const registration = await access.account.passkeyRegistration(principal);
  expect(await send(access, device.logIn(registration))).toBe('factor_refused');
  expect(await send(access, { id: device.id })).toBe('factor_refused');
});

test('a wrong answer spends the challenge too', async () => {
  const { access } = openAccess();
  const { device } = await withPasskey(access);
  const options = await access.passkeyOptions(null);
  expect(await send(access, { ...new Authenticator().logIn(options), id: device.id })).toBe('factor_refused');
  expect(await send(access, device.logIn(options))).toBe('factor_refused');
});

test('the holder must have been seen, at this host, and by the one passkey alone', async () => {
  const { access } = openAccess();
  const { device } = await withPasskey(access);
  const refused = async (answerOf: (options: { challenge: string }) => object) =>
    expect(await send(access, answerOf(await access.passkeyOptions(null)))).toBe('factor_refused');
  await refused((options) => device.logIn(options, { verified: false }));
  for (const place of [
    { rpId: 'localhost', origin: 'http://localhost:5002' },
    { rpId: 'evil.example', origin: 'http://localhost:5001' },
  ]) {
    const at = device.place;
    device.place = place;
    await refused((options) => device.logIn(options));
    device.place = at;
  }
  await refused((options) => new Authenticator().logIn(options));
  expect(await codeOf(logIn(access, device))).toBeNull();
});

test('a counter that goes back tells that there are two of it', async () => {
  const { access } = openAccess();
  const { device } = await withPasskey(access);
  await logIn(access, device);
  await logIn(access, device);
  const options = await access.passkeyOptions(null);
  expect(await send(access, device.logIn(options, { counter: 1 }))).toBe('factor_refused');
});

test('what is registered was asked for by that user, was seen, and brings no certificate', async () => {
  const { access } = openAccess();
  const { principal } = await withPasskey(access);
  const bob = principalOf(access, await join(access, 'bob'));
  const register = async (
    by: Principal,
    answerOf: (options: { challenge: string }) => object,
  ): Promise<string | null> => {
    const options = await access.account.passkeyRegistration(principal);
    return await codeOf(access.account.addPasskey(by, { name: 'key', response: answerOf(options) }));
  };
  expect(await register(bob, (options) => new Authenticator().register(options))).toBe('factor_refused');
  const unseen = new Authenticator();
  expect(await register(principal, (options) => unseen.register(options, { verified: false }))).toBe(
    'factor_refused',
  );
  const certified = { fmt: 'packed', statement: new Map([['x5c', [new Uint8Array(8)]]]) };
  expect(await register(principal, (options) => new Authenticator().register(options, certified))).toBe(
    'factor_refused',
  );
  expect(access.account.look(principal).passkeys).toHaveLength(1);
  expect(access.account.look(bob).passkeys).toHaveLength(0);
});

test('as a second factor it is that user, and a passkey of another one is none', async () => {
  const clock = new ManualClock();
  const { access } = openAccess({ clock });
  const { principal, device } = await withPasskey(access);
  const { device: other } = await withPasskey(access, 'bob');
  const { secret } = await access.account.setUpTotp(principal);
  await access.account.confirmTotp(
    principal,
    generateSync({ secret, epoch: Math.floor(clock.now() / 1000) }),
  );
  const step = await access.logIn({ user: 'ada', password: PASSWORD }, FROM);
  if (step.next !== 'second_factor') throw new Error('no second factor was asked for');
  const { ticket, factors } = step;
  expect(factors).toContain('passkey');
  const answer = async (by: Authenticator) => by.logIn(await access.passkeyOptions(ticket));
  expect(await send(access, await answer(other), ticket)).toBe('factor_refused');
  expect(await send(access, await answer(device), null)).toBe('factor_refused');
  expect(await send(access, await answer(device), ticket)).toBeNull();
});

test('whoever sends passkeys that are none is held up at his address, and nobody else is', async () => {
  const { access } = openAccess();
  const { device } = await withPasskey(access);
  for (let wrong = 0; wrong < 10; wrong++) expect(await send(access, { id: 'x' })).toBe('factor_refused');
  expect(await codeOf(logIn(access, device))).toBe('login_delayed');
  const elsewhere = { ...FROM, address: '192.0.2.200' };
  const response = device.logIn(await access.passkeyOptions(null));
  expect(await codeOf(access.passkeyLogIn({ response, ticket: null }, elsewhere))).toBeNull();
});

test('nobody removes a passkey of another one', async () => {
  const { access } = openAccess();
  const { principal, device } = await withPasskey(access);
  const bob = principalOf(access, await join(access, 'bob'));
  expect(() => access.account.removePasskey(bob, device.id)).toThrow(
    expect.objectContaining({ code: 'passkey_unknown' }),
  );
  access.account.removePasskey(principal, device.id);
  expect(await codeOf(logIn(access, device))).toBe('factor_refused');
});

async function withPasskey(access: Access, user = 'ada') {
  const principal = principalOf(access, await join(access, user));
  const device = new Authenticator();
  const options = await access.account.passkeyRegistration(principal);
  await access.account.addPasskey(principal, { name: 'laptop', response: device.register(options) });
  return { principal, device };
}

function principalOf(access: Access, session: string): Principal {
  const principal = access.authenticate({ session });
  if (!principal) throw new Error('nobody came in');
  return principal;
}

async function logIn(access: Access, device: Authenticator) {
  const response = device.logIn(await access.passkeyOptions(null));
  return await access.passkeyLogIn({ response, ticket: null }, FROM);
}

async function send(access: Access, response: object, ticket: string | null = null) {
  return await codeOf(access.passkeyLogIn({ response, ticket }, FROM));
}
