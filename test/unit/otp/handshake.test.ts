import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { demandedBy, flagMask, OFFERED_FLAGS } from '../../../src/otp/flags.ts';
import {
  advanceHandshake,
  beginHandshake,
  type HandshakeState,
  type Parties,
} from '../../../src/otp/handshake.ts';

const parties: Parties = {
  local: { name: 'agent@here', creation: 0x01020304 },
  peer: 'shop-1@there',
  cookie: 'monster',
  flags: OFFERED_FLAGS,
  challenge: 12_345,
};
const THEIR_CHALLENGE = 4_000_000_000;
const STATUS: HandshakeState = { waitsFor: 'status' };
const CHALLENGE: HandshakeState = { waitsFor: 'challenge' };

/** The digest as the documentation words it, apart from the code under test. */
const md5 = (cookie: string, challenge: number) => createHash('md5').update(`${cookie}${challenge}`).digest();

function challengeOf(details: { name?: string; flags?: bigint; extra?: string } = {}): Buffer {
  const { name = parties.peer, flags = demandedBy(26) | flagMask('SPAWN'), extra = '' } = details;
  const message = Buffer.alloc(19);
  message.write('N');
  message.writeBigUInt64BE(flags, 1);
  message.writeUInt32BE(THEIR_CHALLENGE, 9);
  message.writeUInt32BE(77, 13);
  message.writeUInt16BE(name.length, 17);
  return Buffer.concat([message, Buffer.from(name), Buffer.from(extra)]);
}

const onStatus = (status: string) => advanceHandshake(parties, STATUS, Buffer.from(`s${status}`));
const onChallenge = (message: Uint8Array) => advanceHandshake(parties, CHALLENGE, message);
const acknowledgement = (digest: Uint8Array) => Buffer.concat([Buffer.from('a'), digest]);

describe('the handshake', () => {
  it('begins with our name, flags and creation', () => {
    const { state, send } = beginHandshake(parties);
    expect(state).toEqual(STATUS);
    const flags = OFFERED_FLAGS.toString(16).padStart(16, '0');
    expect(Buffer.from(send ?? []).toString('hex')).toBe(
      `4e${flags}01020304000a${Buffer.from('agent@here').toString('hex')}`,
    );
  });

  it.each(['ok', 'ok_simultaneous'])('goes on silently after the status %s', (status) => {
    expect(onStatus(status)).toEqual({ state: CHALLENGE, send: null });
  });

  it('answers the status alive with true: our former connection is gone', () => {
    const { state, send } = onStatus('alive');
    expect(state).toEqual(CHALLENGE);
    expect(Buffer.from(send ?? []).toString()).toBe('strue');
  });

  it.each([
    ['nok', 'connecting to us at this moment'],
    ['not_allowed', 'does not allow the connection'],
    ['named:\0\x0aagent@here\0\0\0\x01', 'status "named:'],
    ['perhaps', 'status "perhaps"'],
    ['', 'status ""'],
  ])('ends at the status %j', (status, message) => {
    expect(() => onStatus(status)).toThrow(
      expect.objectContaining({ code: 'otp_refused', message: expect.stringContaining(message) }),
    );
  });

  it('proves that it knows the cookie, and checks that the peer does', () => {
    const { state, send } = onChallenge(challengeOf());
    expect(Buffer.from(send ?? [])).toEqual(
      Buffer.concat([Buffer.from('r\x00\x00\x30\x39'), md5('monster', THEIR_CHALLENGE)]),
    );
    const last = advanceHandshake(parties, state, acknowledgement(md5('monster', 12_345)));
    const peer = { name: 'shop-1@there', creation: 77, flags: demandedBy(26) | flagMask('SPAWN') };
    expect(last).toEqual({ state: { waitsFor: 'nothing', peer }, send: null });
  });

  it('refuses a peer that proves another cookie', () => {
    const { state } = onChallenge(challengeOf());
    expect(() => advanceHandshake(parties, state, acknowledgement(md5('other', 12_345)))).toThrow(
      expect.objectContaining({ code: 'otp_cookie', message: expect.stringContaining('could not prove') }),
    );
  });

  it('refuses a peer that sends our own proof back', () => {
    const { state, send } = onChallenge(challengeOf());
    const echoed = acknowledgement(Buffer.from(send ?? []).subarray(5));
    expect(() => advanceHandshake(parties, state, echoed)).toThrow(
      expect.objectContaining({ code: 'otp_cookie' }),
    );
  });

  it('refuses a peer of another name before anything is proved to it', () => {
    expect(() => onChallenge(challengeOf({ name: 'shop-2@there' }))).toThrow(
      expect.objectContaining({
        code: 'otp_name',
        message: 'shop-1@there was asked for, and shop-2@there answered',
      }),
    );
  });

  it('takes what both can as the flags of the link', () => {
    const { state } = onChallenge(
      challengeOf({ flags: demandedBy(26) | flagMask('PUBLISHED') | flagMask('FRAGMENTS') }),
    );
    expect(state).toMatchObject({ peer: { flags: demandedBy(26) } });
  });

  it('takes the abbreviation of what OTP 25 demands', () => {
    const { state } = onChallenge(challengeOf({ flags: flagMask('MANDATORY_25_DIGEST') }));
    expect(state).toMatchObject({ peer: { flags: demandedBy(25) | flagMask('MANDATORY_25_DIGEST') } });
  });

  it('names what a peer lacks', () => {
    expect(() =>
      onChallenge(challengeOf({ flags: demandedBy(25) & ~flagMask('MAP_TAG') & ~flagMask('UTF8_ATOMS') })),
    ).toThrow(
      expect.objectContaining({
        code: 'otp_refused',
        message: expect.stringContaining('UTF8_ATOMS, MAP_TAG'),
      }),
    );
  });

  it('ignores what a later version adds behind the name', () => {
    expect(onChallenge(challengeOf({ extra: 'more to come' })).state).toMatchObject({
      peer: { name: 'shop-1@there' },
    });
  });

  it('says that a peer with the challenge of version 5 is too old', () => {
    expect(() => onChallenge(Buffer.from('n\0\x05\0\0\0\0\0\0\0\0shop-1@there'))).toThrow('version 5');
  });

  it.each([
    ['a status with another tag', STATUS, 'xok'],
    ['an empty status', STATUS, ''],
    ['a challenge with another tag', CHALLENGE, 'sok'],
    ['an empty challenge', CHALLENGE, ''],
    ['an acknowledgement that is too short', { waitsFor: 'acknowledgement' }, 'a123'],
    ['an acknowledgement that is too long', { waitsFor: 'acknowledgement' }, `a${'1'.repeat(17)}`],
    ['an acknowledgement with another tag', { waitsFor: 'acknowledgement' }, `b${'1'.repeat(16)}`],
  ] as const)('refuses %s', (_, state, message) => {
    expect(() => advanceHandshake(parties, state as HandshakeState, Buffer.from(message))).toThrow(
      expect.objectContaining({ code: 'otp_refused' }),
    );
  });

  it('refuses a challenge that is cut off at any byte', () => {
    const whole = challengeOf();
    for (let length = 0; length < whole.length; length++)
      expect(() => onChallenge(whole.subarray(0, length)), `${length} bytes`).toThrow(
        expect.objectContaining({ code: 'otp_refused' }),
      );
  });
});
