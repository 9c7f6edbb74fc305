import type { UserRow } from '../journal/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import { makeKey, readKey, seal, unseal } from '../seal/index.ts';
import type { AccessContext } from './context.ts';
import { OneTime } from './one-time.ts';
import { newRecoveryCodes } from './recovery-codes.ts';

/** A clock may be half a minute off, one way or the other. */
const TOLERANCE_S = 30;
const SET_UP_MS = 15 * 60_000;
const SET_UPS_MAX = 200;
const CODE = /^\d{6}$/;

/** Codes that change every half minute (RFC 6238). Their seed is sealed in the journal. */
export class Totp {
  private readonly context: AccessContext;
  /** Seeds that were shown, and of which no code has come yet: by the id of the user. */
  private readonly shown: OneTime<string>;

  constructor(context: AccessContext) {
    this.context = context;
    this.shown = new OneTime({ clock: context.clock, lifeMs: SET_UP_MS, max: SET_UPS_MAX });
  }

  /**
   * A new seed. It counts from the first code on that is right; what is on stays so until it is removed.
   * @throws SlipwayError `factor_refused`
   */
  async setUp(user: UserRow): Promise<{ secret: string; uri: string }> {
    if (user.totpConfirmed)
      throw new SlipwayError('factor_refused', {
        message: 'one-time codes are on already',
        hint: 'remove them first; that needs the password',
      });
    const { generateSecret, generateURI } = await import('otplib/functional');
    const secret = generateSecret();
    this.shown.put(secret, String(user.id));
    return { secret, uri: generateURI({ issuer: 'Slipway', label: user.name, secret }) };
  }

  /**
   * Turns them on, by the first code. Gives recovery codes, which are not to be seen again.
   * @throws SlipwayError `factor_refused`
   */
  async confirm(user: UserRow, code: string): Promise<string[]> {
    const { journal, dataDirectory } = this.context;
    const secret = this.shown.look(String(user.id));
    if (secret === null || user.totpConfirmed) throw refused('nothing is to be confirmed: begin anew');
    const step = await this.stepOf(secret, code, 0);
    if (step === null) throw refused('the code is not the one of now');
    const key = readKey(dataDirectory) ?? makeKey(dataDirectory);
    const totp = seal(key, secret, placeOf(user));
    const { codes, hashes } = newRecoveryCodes();
    const isOn = journal.decide(`${user.name} turns one-time codes on`, ({ access }) => {
      if (access.userById(user.id)?.totpConfirmed !== false) return false;
      access.updateUser(user.id, { totp, totpConfirmed: true, totpStep: step });
      access.replaceRecoveryCodes(user.id, hashes);
      return true;
    });
    if (!isOn) throw refused('they were turned on meanwhile');
    this.shown.take(String(user.id));
    return codes;
  }

  remove(user: UserRow): void {
    this.context.journal.decide(`${user.name} removes one-time codes`, ({ access }) => {
      access.updateUser(user.id, { totp: null, totpConfirmed: false, totpStep: 0 });
      access.replaceRecoveryCodes(user.id, []);
    });
  }

  /**
   * Whether it is the code of now, and was not used before: one that was is refused under the next agent too.
   * @throws SlipwayError `key_mismatch` where the seed cannot be read
   */
  async spend(user: UserRow, code: string): Promise<boolean> {
    const { journal } = this.context;
    const step = await this.stepOf(this.seedOf(user), code, user.totpStep);
    if (step === null) return false;
    return journal.decide(`${user.name} uses a one-time code`, ({ access }) => {
      const now = access.userById(user.id);
      if (!now?.totpConfirmed || now.totpStep >= step) return false;
      access.updateUser(user.id, { totpStep: step });
      return true;
    });
  }

  /** The time step that a code is of, after that one; null where it is of none. */
  private async stepOf(secret: string, code: string, after: number): Promise<number | null> {
    if (!CODE.test(code)) return null;
    const { verifySync } = await import('otplib/functional');
    const found = verifySync({
      ...{ secret, token: code, epochTolerance: TOLERANCE_S },
      epoch: Math.floor(this.context.clock.now() / 1000),
    });
    const step = found.valid && 'timeStep' in found ? found.timeStep : null;
    return step !== null && step > after ? step : null;
  }

  private seedOf(user: UserRow): string {
    const { dataDirectory } = this.context;
    const key = readKey(dataDirectory);
    const seed = key && user.totp && unseal(key, user.totp, placeOf(user));
    if (seed) return seed;
    throw new SlipwayError('key_mismatch', {
      message: `the seed of ${user.name}'s one-time codes cannot be read`,
      hint: `${dataDirectory}/key ${key === null ? 'is gone' : 'is not the key that it was sealed with'}; a recovery code or a passkey still lets in`,
      next: `put ${dataDirectory}/key back from a backup`,
    });
  }
}

function placeOf({ id }: UserRow): string {
  return JSON.stringify(['totp', id]);
}

function refused(message: string): SlipwayError {
  return new SlipwayError('factor_refused', { message, hint: 'nothing was changed' });
}
