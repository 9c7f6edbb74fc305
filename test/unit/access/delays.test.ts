import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Delays } from '../../../src/access/delays.ts';
import { networksOf } from '../../../src/access/network.ts';
import { Counts } from '../../../src/access/wrong-counts.ts';
import type { SlipwayError } from '../../../src/kernel/index.ts';
import { ManualClock } from '../../support/clock.ts';

const QUARTER_MS = 15 * 60_000;
const ADA = { user: 'ada', address: '192.0.2.7' };

/** Seconds to wait; 0 where the guess was counted. */
function guess(delays: Delays, who = ADA): number {
  try {
    delays.password(who);
    return 0;
  } catch (error) {
    return (error as SlipwayError).retryAfterS ?? -1;
  }
}

test('the first five guesses are free, and each one after them doubles the wait', () => {
  const clock = new ManualClock();
  const delays = new Delays(clock);
  expect(Array.from({ length: 5 }, () => guess(delays))).toEqual([0, 0, 0, 0, 0]);
  for (const seconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
    expect(guess(delays)).toBe(seconds);
    clock.advance(seconds * 1000 - 1);
    expect(guess(delays)).toBe(1);
    clock.advance(1);
    expect(guess(delays)).toBe(0);
  }
});

test('a thousand guesses at once are a thousand, though none is known to be wrong yet', () => {
  const delays = new Delays(new ManualClock());
  expect(Array.from({ length: 1000 }, () => guess(delays)).filter((wait) => wait === 0)).toHaveLength(5);
});

test('the wall clock makes no wait shorter', () => {
  const clock = new ManualClock();
  const delays = new Delays(clock);
  for (let wrong = 0; wrong < 5; wrong++) guess(delays);
  clock.setWall(QUARTER_MS);
  expect(guess(delays)).toBe(1);
});

test('an address waits whoever it guesses for, and so does a network of IPv6', () => {
  const delays = new Delays(new ManualClock());
  for (let user = 0; user < 10; user++) expect(guess(delays, { ...ADA, user: `${user}` })).toBe(0);
  expect(guess(delays, { ...ADA, user: 'another' })).toBe(1);
  expect(guess(delays, { user: 'another', address: `::ffff:${ADA.address}` })).toBe(1);
  expect(guess(delays, { user: 'another', address: '192.0.2.8' })).toBe(0);
  const within = (host: number) => ({ user: `${host}`, address: `2001:db8:1:2::${host}` });
  for (let host = 1; host <= 10; host++) expect(guess(delays, within(host))).toBe(0);
  expect(guess(delays, within(11))).toBe(1);
  expect(guess(delays, { user: 'x', address: '2001:db8:1:3::1' })).toBe(0);
});

test('whoever was right is not held up by what he typed before, nor frees the address for others', () => {
  const clock = new ManualClock();
  const delays = new Delays(clock);
  for (let user = 0; user < 8; user++) guess(delays, { ...ADA, user: `${user}` });
  guess(delays);
  delays.password(ADA).right();
  delays.welcome(ADA);
  expect(guess(delays, { ...ADA, user: 'y' })).toBe(0);
  expect(guess(delays, { ...ADA, user: 'z' })).toBe(0);
  expect(guess(delays, { ...ADA, user: 'x' })).toBe(1);
  expect(guess(delays)).toBe(0);
});

test('guesses of a thousand hosts make each wait a quarter of an hour for the next', () => {
  const clock = new ManualClock();
  const delays = new Delays(clock);
  const hosts = Array.from({ length: 1000 }, (_, host) => `10.0.${host >> 8}.${host & 255}`);
  for (const address of hosts) expect(guess(delays, { ...ADA, address })).toBe(0);
  for (const address of hosts) expect(guess(delays, { ...ADA, address })).toBeGreaterThan(800);
});

test('wrong codes count together, wherever they come from', () => {
  const delays = new Delays(new ManualClock());
  const code = (address: string) => () => delays.code({ ...ADA, address });
  for (let host = 0; host < 5; host++) expect(code(`10.0.0.${host}`)).not.toThrow();
  expect(code('10.0.0.99')).toThrow(expect.objectContaining({ code: 'login_delayed' }));
});

test('where he has logged in before, strangers who have his password do not lock him out', () => {
  const delays = new Delays(new ManualClock());
  delays.password(ADA).right();
  delays.welcome(ADA);
  for (let host = 0; host < 5; host++) delays.code({ ...ADA, address: `10.0.0.${host}` });
  expect(() => delays.code({ ...ADA, address: '10.0.0.99' })).toThrow('try again');
  expect(() => delays.code(ADA)).not.toThrow();
});

const stranger = fc.record({
  address: fc.constantFrom('10.0.0.1', '10.0.0.2', '2001:db8::1', '2001:db8:0:1::2', '::1', '10.9.9.9'),
  user: fc.constantFrom('ada', 'bob', 'nobody'),
  passesMs: fc.nat(QUARTER_MS),
});

test('whatever strangers guess, and when, a user comes in at once from where nobody has guessed', () => {
  fc.assert(
    fc.property(fc.array(stranger, { maxLength: 200 }), (guesses) => {
      const clock = new ManualClock(0);
      const delays = new Delays(clock);
      for (const { passesMs, ...who } of guesses) {
        guess(delays, who);
        clock.advance(passesMs);
      }
      expect(guess(delays)).toBe(0);
    }),
  );
});

test('whatever a stranger does, an address has few guesses in a day', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(QUARTER_MS), { minLength: 50, maxLength: 400 }), (pauses) => {
      const clock = new ManualClock(0);
      const delays = new Delays(clock);
      let guessed = 0;
      for (const pauseMs of pauses) {
        if (clock.monotonicMs() > 24 * 3_600_000) break;
        if (guess(delays) === 0) guessed++;
        clock.advance(pauseMs);
      }
      expect(guessed).toBeLessThanOrEqual(5 + 11 + 24 * 4);
    }),
  );
});

test('what is kept of guesses is bounded, and the oldest is forgotten', () => {
  const clock = new ManualClock();
  const counts = new Counts(clock);
  for (let key = 0; key < 10_001; key++) counts.add(`${key}`, 1);
  expect(counts.size).toBe(10_000);
  expect(counts.get('0')).toBeNull();
  expect(counts.get('1')).toMatchObject({ wrong: 1 });
  clock.advance(6 * 3_600_000);
  expect(counts.get('1')).toBeNull();
});

test.each([
  ['192.0.2.7', ['192.0.2.7']],
  ['::ffff:192.0.2.7', ['192.0.2.7']],
  ['2001:DB8::1', ['2001:db8:0:0::/64', '2001:db8:0::/48']],
  ['2001:0db8:0:1:2:3:4:5', ['2001:db8:0:1::/64', '2001:db8:0::/48']],
  ['fe80::1%eth0', ['fe80:0:0:0::/64', 'fe80:0:0::/48']],
  ['64:ff9b::192.0.2.7', ['64:ff9b:0:0::/64', '64:ff9b:0::/48']],
  ['', ['']],
])('the networks of %j are %j', (address, networks) => {
  expect(networksOf(address).map(({ network }) => network)).toEqual(networks);
});
