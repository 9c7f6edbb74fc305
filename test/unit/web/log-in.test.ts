import { expect, test } from 'vitest';
import type { Me, SessionStep } from '../../../src/api/pages/index.ts';
import { type Client, Problem } from '../../../src/web/client/index.ts';
import { createInvitation, createLogIn, createSession } from '../../../src/web/models/index.ts';

const me = { user: 'alice', role: 'deployer', apps: ['shop'] } as unknown as Me;
const done: SessionStep = { next: 'done', ticket: null, factors: [], me };
const wrong = () => Promise.reject(new Problem({ code: 'x', status: 401, message: 'it is wrong' }));

test('who has a second factor is in only after it, by the ticket of the first', async () => {
  const sent: unknown[] = [];
  const client = {
    logIn: async () => ({ next: 'second_factor', ticket: 't1', factors: ['totp'], me: null }),
    secondFactor: async (given: { code: string }) => {
      sent.push(given);
      return given.code === '123456' ? done : wrong();
    },
  } as unknown as Client;
  const entered: string[] = [];
  const model = createLogIn({ client }, ({ user }) => entered.push(user));
  await model.password.run({ user: 'alice', password: 'p' });
  expect([model.factors.value, entered]).toEqual([['totp'], []]);
  expect(await model.code.run({ code: '000000' })).toBe(false);
  expect(model.code.problem.value?.message).toBe('it is wrong');
  expect(await model.code.run({ code: '123456' })).toBe(true);
  expect(sent.at(-1)).toEqual({ ticket: 't1', code: '123456' });
  expect(entered).toEqual(['alice']);
});

test('an invitation is only looked at until somebody accepts it', async () => {
  const asked: string[] = [];
  const client = {
    lookAtInvitation: async () => {
      asked.push('look');
      return { user: null, role: 'admin', apps: null, expires_at: '' };
    },
    acceptInvitation: async () => {
      asked.push('accept');
      return done;
    },
  } as unknown as Client;
  const model = createInvitation({ client }, 'token', () => asked.push('in'));
  model.start();
  await Promise.resolve();
  expect(asked).toEqual(['look']);
  await model.accept.run({ user: 'alice', password: 'p' });
  expect(asked).toEqual(['look', 'accept', 'in']);
});

test('who is known from the beginning was never nobody', () => {
  const session = createSession();
  const states: string[] = [];
  session.state.subscribe((state) => {
    states.push(state);
  });
  session.opened(me);
  session.closed();
  expect(states).toEqual(['unknown', 'open', 'none']);
});

test('a role of some apps is none of the host, and a session that ended keeps the page', () => {
  const session = createSession();
  expect(session.state.value).toBe('unknown');
  session.noteUnauthorized();
  expect(session.state.value).toBe('none');
  session.opened(me);
  expect([session.may('deployer', 'shop'), session.may('deployer', 'other'), session.may('viewer')]).toEqual([
    true,
    false,
    false,
  ]);
  expect(session.may('admin', 'shop')).toBe(false);
  session.noteUnauthorized();
  expect([session.state.value, session.me.value?.user]).toEqual(['ended', 'alice']);
});
