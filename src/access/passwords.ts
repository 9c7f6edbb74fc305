import { SlipwayError } from '../kernel/index.ts';
import { Bounded } from './bounded.ts';
import { tooSoon } from './delays.ts';
import { newOpaque } from './opaque.ts';

const MIN_LENGTH = 12;
const MAX_BYTES = 1024;
/** Argon2id with 32 MB, three passes, one lane: more than OWASP asks for, and 30 ms of one core. */
const COST = { memoryCost: 32 * 1024, timeCost: 3, parallelism: 1 };
/** Each takes 32 MB and a thread of Node's four, which the files of apps need too. */
const AT_ONCE = 2;
const WAITING = 32;

/** Salt and hash fill their last signs to a part: with others there, the library answers at once that nothing is right. */
const BCRYPT = /^\$2[by]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;
/** The hash of nothing that anybody knows. */
const NOBODYS_BCRYPT = 'abcdefghijklmnopqrstuuO3b1Kc0H1v5yF6qGQ2nZ8pWxYtRsLmO';

/** Hashes passwords and compares them. The libraries are loaded when somebody logs in. */
export class Passwords {
  private readonly turns = new Bounded({ atOnce: AT_ONCE, waiting: WAITING });
  private nobodys: string | null = null;

  /**
   * @throws SlipwayError `password_refused`
   */
  check(password: string, user: string): void {
    const refuse = (message: string) => {
      throw new SlipwayError('password_refused', { message, hint: 'nothing was changed' });
    };
    if ([...password].length < MIN_LENGTH) refuse(`the password has less than ${MIN_LENGTH} characters`);
    if (Buffer.byteLength(password) > MAX_BYTES) refuse(`the password has more than ${MAX_BYTES} bytes`);
    if (/\p{Cc}/u.test(password)) refuse('the password has control characters');
    const [said, name] = [password.toLowerCase(), user.toLowerCase()];
    // Of a name of a letter or two, nearly every password has it within.
    if (said === name || (name.length >= 4 && said.replaceAll(name, '').length < MIN_LENGTH / 2))
      refuse("the password is little more than the user's name");
    if (new Set(said).size < 4) refuse('the password is a repetition of few characters');
  }

  /** @throws SlipwayError `login_delayed` where too many are hashed already */
  async hash(password: string): Promise<string> {
    const { hash } = await import('@node-rs/argon2');
    return await this.inTurn(() => hash(normal(password), COST));
  }

  /**
   * Whether it is the password of that hash. `hash` null: there is no such user. It takes the same time in any case: of each
   * kind of hash that any user has, one is computed, be it nobody's. `all`: the hashes of all users.
   * @throws SlipwayError `login_delayed` where too many are compared already
   */
  async isRight(
    password: string,
    { hash, all }: { hash: string | null; all: readonly string[] },
  ): Promise<boolean> {
    const argon2 = await import('@node-rs/argon2');
    this.nobodys ??= await this.hash(newOpaque());
    const nobodys = this.nobodys;
    const costs = [...new Set(all.flatMap((each) => bcryptCost(each) ?? []))].toSorted();
    return await this.inTurn(async () => {
      const own = hash ?? '';
      const isArgon2 = own.startsWith('$argon2id$');
      const verified = await argon2.verify(isArgon2 ? own : nobodys, normal(password));
      let isRight = isArgon2 && verified;
      for (const cost of costs) {
        const { compare } = await import('@node-rs/bcrypt');
        const isOwn = bcryptCost(own) === cost;
        const compared = await compare(password, isOwn ? own : `$2b$${cost}$${NOBODYS_BCRYPT}`);
        isRight ||= isOwn && compared;
      }
      return isRight;
    });
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = await this.turns.run(async () => ({ result: await work() }));
    if (done === null) throw tooSoon(1000, 'too many log in at once');
    return done.result;
  }
}

export function isBcrypt(hash: string): boolean {
  return BCRYPT.test(hash);
}

/** Two digits. */
function bcryptCost(hash: string): string | null {
  return BCRYPT.exec(hash)?.[1] ?? null;
}

/** Keyboards write an umlaut in one way or another. A hash of bcrypt comes from elsewhere, where that was not heeded. */
function normal(password: string): string {
  return password.normalize('NFC');
}
