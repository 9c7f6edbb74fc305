import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { PasskeyRow, UserRow } from '../journal/index.ts';
import { messageOf, SlipwayError, safeText } from '../kernel/index.ts';
import type { AccessContext } from './context.ts';
import { OneTime } from './one-time.ts';
import { newOpaque } from './opaque.ts';

const CHALLENGE_MS = 5 * 60_000;
const CHALLENGES_MAX = 5000;
const MAX_COUNT = 20;
const NAME = { maxLength: 100 };
/** Ed25519, ES256 and RS256 (COSE). What is newer, Node warns of on standard error. */
const ALGORITHMS = [-8, -7, -257];

/** By which name and address browsers know this host; null: it has none, and passkeys cannot be used. */
export type RelyingParty = () => { rpId: string; origin: string } | null;

/** Whom a challenge is for: a new passkey of a user, the second factor of one, or anybody's log-in. */
type Challenge = { for: 'registration' | 'second factor'; user: number } | { for: 'log-in'; user: null };

/** WebAuthn: keys that a device holds, and lets be used after it has seen a finger or a PIN. */
export class Passkeys {
  private readonly context: AccessContext;
  private readonly relyingParty: RelyingParty;
  private readonly challenges: OneTime<Challenge>;

  constructor(context: AccessContext, relyingParty: RelyingParty) {
    this.context = context;
    this.relyingParty = relyingParty;
    this.challenges = new OneTime({ clock: context.clock, lifeMs: CHALLENGE_MS, max: CHALLENGES_MAX });
  }

  of(user: UserRow): PasskeyRow[] {
    return this.context.journal.tables.access.passkeysOf(user.id);
  }

  /** What a browser is to make a new one by. @throws SlipwayError `factor_refused` */
  async registration(user: UserRow) {
    const { rpId } = this.party();
    const present = this.of(user);
    if (present.length >= MAX_COUNT) throw refused(`${user.name} has ${MAX_COUNT} passkeys already`);
    const { generateRegistrationOptions } = await import('@simplewebauthn/server');
    return await generateRegistrationOptions({
      ...{ rpName: 'Slipway', rpID: rpId, userName: user.name, userDisplayName: user.name },
      userID: new TextEncoder().encode(`slipway:${user.id}`),
      challenge: this.challengeFor({ for: 'registration', user: user.id }),
      attestationType: 'none',
      supportedAlgorithmIDs: ALGORITHMS,
      excludeCredentials: present.map(credentialOf),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
      timeout: CHALLENGE_MS,
    });
  }

  /** @throws SlipwayError `factor_refused` */
  async add(user: UserRow, { name, response }: { name: string; response: unknown }): Promise<void> {
    const { rpId, origin } = this.party();
    const answered = response as RegistrationResponseJSON;
    const expectedChallenge = this.spent(answered, (challenge) => isFor(challenge, 'registration', user));
    await refuseCertificates(answered);
    const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
    const { registrationInfo } = await orRefuse(
      verifyRegistrationResponse({
        ...{ response: answered, expectedChallenge, expectedOrigin: origin, expectedRPID: rpId },
        ...{ requireUserVerification: true, supportedAlgorithmIDs: ALGORITHMS },
      }),
    );
    if (!registrationInfo?.userVerified) throw refused('the device has not seen who holds it');
    const { credential } = registrationInfo;
    const row: PasskeyRow = {
      id: credential.id,
      user: user.id,
      name: safeText(name, NAME),
      publicKey: credential.publicKey,
      counter: credential.counter,
      transports: (credential.transports ?? []).slice(0, 10).map((each) => safeText(String(each), NAME)),
      createdAt: this.context.clock.now(),
      lastUsedAt: null,
    };
    this.context.journal.write(`${user.name} adds a passkey`, ({ access }) => {
      if (access.passkey(row.id)) throw refused('that passkey is there already');
      access.addPasskey(row);
    });
  }

  /** @throws SlipwayError `passkey_unknown` */
  remove(user: UserRow, id: string): void {
    const found = this.context.journal.tables.access.passkey(id);
    if (found?.user !== user.id)
      throw new SlipwayError('passkey_unknown', { message: `${user.name} has no such passkey` });
    this.context.journal.decide(`${user.name} removes a passkey`, ({ access }) => access.removePasskey(id));
  }

  /** What a browser is to log in by; `user` null: whoever he is. */
  async logInOptions(user: UserRow | null) {
    const { rpId } = this.party();
    const challenge = this.challengeFor(
      user ? { for: 'second factor', user: user.id } : { for: 'log-in', user: null },
    );
    const { generateAuthenticationOptions } = await import('@simplewebauthn/server');
    return await generateAuthenticationOptions({
      ...{ rpID: rpId, challenge, timeout: CHALLENGE_MS, userVerification: 'required' },
      ...(user ? { allowCredentials: this.of(user).map(credentialOf) } : {}),
    });
  }

  /**
   * Whose passkey it was; `user`: whose it has to be. A challenge is answered once, right or wrong.
   * @throws SlipwayError `factor_refused`
   */
  async whose(response: unknown, user: UserRow | null): Promise<UserRow> {
    const { journal, clock } = this.context;
    const { rpId, origin } = this.party();
    const answered = response as AuthenticationResponseJSON;
    const expectedChallenge = this.spent(answered, (challenge) =>
      user ? isFor(challenge, 'second factor', user) : challenge.for === 'log-in',
    );
    const row = typeof answered.id === 'string' ? journal.tables.access.passkey(answered.id) : null;
    if (row === null || (user !== null && row.user !== user.id)) throw refused('that passkey is not known');
    const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
    const { verified, authenticationInfo } = await orRefuse(
      verifyAuthenticationResponse({
        ...{ response: answered, expectedChallenge, expectedOrigin: origin, expectedRPID: rpId },
        credential: { id: row.id, publicKey: new Uint8Array(row.publicKey), counter: row.counter },
        requireUserVerification: true,
      }),
    );
    if (!verified) throw refused('it was not signed by that passkey');
    const counter = authenticationInfo.newCounter;
    return journal.decide('a passkey is used', ({ access }) => {
      const now = access.passkey(row.id);
      const owner = now && access.userById(now.user);
      // A key that counts never counts back: then there are two of it.
      if (!owner || now.counter !== row.counter) throw refused('it was used somewhere else meanwhile');
      access.updatePasskey(row.id, { counter, lastUsedAt: clock.now() });
      return owner;
    });
  }

  private challengeFor(challenge: Challenge): Uint8Array<ArrayBuffer> {
    const key = newOpaque();
    this.challenges.put(challenge, key);
    return new Uint8Array(Buffer.from(key, 'base64url'));
  }

  /** The challenge that was answered, which nobody can answer again. */
  private spent(
    answered: { response?: { clientDataJSON?: unknown } },
    fits: (challenge: Challenge) => boolean,
  ): string {
    const key = challengeIn(answered);
    const challenge = key === null ? null : this.challenges.take(key);
    if (key === null || challenge === null || !fits(challenge))
      throw refused('what it answers was not asked, was answered already, or is too long ago');
    return key;
  }

  private party(): { rpId: string; origin: string } {
    const party = this.relyingParty();
    if (party) return party;
    throw new SlipwayError('factor_refused', {
      message: 'passkeys need a name that browsers know this host by',
      hint: 'an address of numbers is none',
      next: 'set public: in the configuration, such as https://deploy.example.com',
    });
  }
}

function isFor(challenge: Challenge, what: Challenge['for'], user: UserRow): boolean {
  return challenge.for === what && challenge.user === user.id;
}

function credentialOf({ id, transports }: PasskeyRow) {
  return { id, transports: [...transports] };
}

function challengeIn(answered: { response?: { clientDataJSON?: unknown } }): string | null {
  const text = answered?.response?.clientDataJSON;
  if (typeof text !== 'string') return null;
  try {
    const { challenge } = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as {
      challenge?: unknown;
    };
    return typeof challenge === 'string' && challenge.length <= 100 ? challenge : null;
  } catch {
    return null;
  }
}

/** None was asked for, and to check one a list would be fetched from wherever it says. */
async function refuseCertificates(answered: RegistrationResponseJSON): Promise<void> {
  const { decodeAttestationObject, isoBase64URL } = await import('@simplewebauthn/server/helpers');
  let hasNone = false;
  try {
    const decoded = decodeAttestationObject(isoBase64URL.toBuffer(answered.response.attestationObject));
    const isSelfMade = decoded.get('fmt') === 'packed' && decoded.get('attStmt').get('x5c') === undefined;
    hasNone = decoded.get('fmt') === 'none' || isSelfMade;
  } catch {
    throw refused('it is malformed');
  }
  if (!hasNone) throw refused('it came with a certificate, and none was asked for');
}

async function orRefuse<T>(verification: Promise<T>): Promise<T> {
  try {
    return await verification;
  } catch (error) {
    throw refused(messageOf(error));
  }
}

function refused(why: string): SlipwayError {
  return new SlipwayError('factor_refused', {
    message: `the passkey is refused: ${why}`,
    hint: 'nothing was changed',
  });
}
