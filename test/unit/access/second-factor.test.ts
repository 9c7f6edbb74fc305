import fs from 'node:fs';
import path from 'node:path';
import { generateSync } from 'otplib/functional';
import { expect, test } from 'vitest';
import type { Access } from '../../../src/access/index.ts';
import type { Clock } from '../../../src/kernel/index.ts';
import { openAccess } from '../../fixtures/open-access.ts';
import { codeOf, FROM, join, PASSWORD, secretOf } from '../../fixtures/people.ts';
import { ManualClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const STEP_MS = 30_000;
const ELSEWHERE = { ...FROM, address: '192.0.2.200' };

test('codes are on from the first right one on, and a log-in asks for one then', async () => {
  const clock = new ManualClock();
  const { access } = openAccess({ clock });
  const principal = await enter(access, 'ada');
  const { secret, uri } = await access.account.setUpTotp(principal);
  expect(uri).toContain(`otpauth://totp/Slipway:ada?secret=${secret}`);
  expect(await access.logIn({ user: 'ada', password: PASSWORD }, FROM)).toMatchObject({ next: 'done' });
  expect(await codeOf(access.account.confirmTotp(principal, '000000'))).toBe('factor_refused');
  const codes = await access.account.confirmTotp(principal, codeAt(secret, clock));
  expect(new Set(codes).size).toBe(10);
  expect(codes.every((code) => /^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/.test(code))).toBe(true);
  const step = await access.logIn({ user: 'ada', password: PASSWORD }, FROM);
  expect(step).toMatchObject({ next: 'second_factor', factors: ['totp', 'recovery'] });
  expect(step).not.toHaveProperty('secret');
});

test('a code lets in once, under the next agent too', async () => {
  const clock = new ManualClock();
  const folder = temporaryFolder();
  const first = openAccess({ clock, folder });
  const { secret } = await turnOn(first.access, clock);
  clock.advance(STEP_MS);
  const code = codeAt(secret, clock);
  expect(secretOf(await second(first.access, code))).not.toBe('');
  expect(await codeOf(second(first.access, code))).toBe('login_refused');
  first.leave();
  const next = openAccess({ clock, folder });
  expect(await codeOf(second(next.access, code))).toBe('login_refused');
  clock.advance(STEP_MS);
  expect(await codeOf(second(next.access, codeAt(secret, clock)))).toBeNull();
});

test('of two who send one code at once, one comes in', async () => {
  const clock = new ManualClock();
  const { access } = openAccess({ clock });
  const { secret } = await turnOn(access, clock);
  clock.advance(STEP_MS);
  const code = codeAt(secret, clock);
  const tickets = [await ticketOf(access), await ticketOf(access, ELSEWHERE)];
  const outcomes = await Promise.all(
    tickets.map((ticket) => codeOf(access.secondFactor({ ticket, code }, FROM))),
  );
  expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(1);
});

test('a code of half a minute ago or ahead will do, and none beyond', async () => {
  const clock = new ManualClock(1_700_000_010_000);
  const { access } = openAccess({ clock });
  const { secret } = await turnOn(access, clock);
  const at = (ms: number) => generateSync({ secret, epoch: Math.floor((clock.now() + ms) / 1000) });
  clock.advance(10 * STEP_MS);
  expect(await codeOf(second(access, at(-2 * STEP_MS)))).toBe('login_refused');
  expect(await codeOf(second(access, at(2 * STEP_MS)))).toBe('login_refused');
  expect(await codeOf(second(access, at(-STEP_MS)))).toBeNull();
  expect(await codeOf(second(access, at(STEP_MS)))).toBeNull();
  expect(await codeOf(second(access, at(0)))).toBe('login_refused');
});

test('each recovery code lets in once, however it is typed', async () => {
  const clock = new ManualClock();
  const { access, journal } = openAccess({ clock });
  const { codes, principal } = await turnOn(access, clock);
  const [code = ''] = codes;
  expect(await codeOf(second(access, ` ${code.toUpperCase().replaceAll('-', ' ')} `))).toBeNull();
  expect(await codeOf(second(access, code))).toBe('login_refused');
  expect(access.account.look(principal).recoveryCodes).toBe(9);
  expect(await codeOf(second(access, '0000-0000-0000-0000'))).toBe('login_refused');
  expect(JSON.stringify(journal.tables.access.userByName('ada'))).not.toContain(code);
});

test('a ticket is for five minutes, for one log-in, and void with another password', async () => {
  const clock = new ManualClock();
  const { access } = openAccess({ clock });
  const { codes } = await turnOn(access, clock);
  const use = (ticket: string, code: string | undefined) =>
    codeOf(access.secondFactor({ ticket, code: String(code) }, FROM));
  const used = await ticketOf(access);
  expect(await use(used, codes[0])).toBeNull();
  expect(await use(used, codes[1])).toBe('login_refused');
  const old = await ticketOf(access);
  clock.advance(5 * 60_000);
  expect(await use(old, codes[1])).toBe('login_refused');
  const overtaken = await ticketOf(access);
  const { token } = access.invitations.create({ user: 'ada', role: null, apps: null, by: 'root' });
  await access.acceptInvitation({ token, user: 'ada', password: 'another password' }, FROM);
  expect(await use(overtaken, codes[1])).toBe('login_refused');
  expect(await use('', codes[1])).toBe('login_refused');
});

test('wrong codes are held up, whatever ticket they come with', async () => {
  const clock = new ManualClock();
  const { access } = openAccess({ clock });
  await turnOn(access, clock);
  const outcomes: (string | null)[] = [];
  for (let host = 0; host < 6; host++)
    outcomes.push(await codeOf(second(access, '000000', { ...FROM, address: `10.0.0.${host}` })));
  expect(outcomes).toEqual([...Array<string>(5).fill('login_refused'), 'login_delayed']);
});

test('the seed is sealed, and nobody comes in by it without its key', async () => {
  const clock = new ManualClock();
  const folder = temporaryFolder();
  const { access, journal } = openAccess({ clock, folder });
  const { secret, codes } = await turnOn(access, clock);
  const { totp } = journal.tables.access.userByName('ada') ?? {};
  expect(Buffer.from(totp ?? []).toString('latin1')).not.toContain(secret.slice(0, 8));
  expect(fs.statSync(path.join(folder, 'key')).mode & 0o777).toBe(0o600);
  fs.rmSync(path.join(folder, 'key'));
  clock.advance(STEP_MS);
  expect(await codeOf(second(access, codeAt(secret, clock)))).toBe('key_mismatch');
  expect(await codeOf(second(access, codes[0] ?? ''))).toBeNull();
});

test('what is on is not replaced, and removed by the password alone', async () => {
  const clock = new ManualClock();
  const { access } = openAccess({ clock });
  const { principal } = await turnOn(access, clock);
  expect(await codeOf(access.account.setUpTotp(principal))).toBe('factor_refused');
  const remove = (password: string) => codeOf(access.account.removeTotp(principal, { password, from: FROM }));
  expect(await remove('guessed')).toBe('password_refused');
  expect(await remove(PASSWORD)).toBeNull();
  expect(access.account.look(principal)).toMatchObject({ totp: false, recoveryCodes: 0 });
  expect(await access.logIn({ user: 'ada', password: PASSWORD }, FROM)).toMatchObject({ next: 'done' });
});

test('whoever finds a session open for an hour adds nothing that lets in later', async () => {
  const clock = new ManualClock();
  const { access } = openAccess({ clock });
  const principal = await enter(access, 'ada');
  clock.advance(3_600_000);
  expect(await codeOf(access.account.setUpTotp(principal))).toBe('factor_refused');
  expect(await codeOf(access.account.passkeyRegistration(principal))).toBe('factor_refused');
});

async function enter(access: Access, user: string) {
  const session = await join(access, user);
  const principal = access.authenticate({ session });
  if (!principal) throw new Error('nobody came in');
  return principal;
}

async function turnOn(access: Access, clock: Clock) {
  const principal = await enter(access, 'ada');
  const { secret } = await access.account.setUpTotp(principal);
  return { principal, secret, codes: await access.account.confirmTotp(principal, codeAt(secret, clock)) };
}

async function ticketOf(access: Access, from = FROM): Promise<string> {
  const step = await access.logIn({ user: 'ada', password: PASSWORD }, from);
  return step.next === 'second_factor' ? step.ticket : '';
}

async function second(access: Access, code: string, from = FROM) {
  return await access.secondFactor({ ticket: await ticketOf(access, from), code }, from);
}

function codeAt(secret: string, clock: Clock): string {
  return generateSync({ secret, epoch: Math.floor(clock.now() / 1000) });
}
