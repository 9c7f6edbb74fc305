import { type Clock, formatDuration, SlipwayError } from '../kernel/index.ts';
import { networksOf } from './network.ts';
import { type Count, Counts, waitOf } from './wrong-counts.ts';

const FREE = 5;
const FREE_CODES = 5;

/** Who tries: `user` is what he says, whether there is one or not. */
export interface Guesser {
  user: string;
  /** Null: on this host's socket. */
  address: string | null;
}

export interface Attempt {
  /** It was no guess. */
  right(): void;
}

export function tooSoon(waitMs: number, why = 'there were too many wrong log-ins'): SlipwayError {
  const retryAfterS = Math.max(1, Math.ceil(waitMs / 1000));
  return new SlipwayError('login_delayed', {
    message: `${why}: try again in ${formatDuration(retryAfterS * 1000)}`,
    hint: 'nothing was compared',
    next: 'slipway user invite --user <name>   (on the host: a new password at once)',
    retryAfterS,
  });
}

/**
 * How long somebody waits before he may guess again: each wrong guess doubles it, up to a quarter of an hour. All goes by the
 * monotonic clock, and in bounded memory; an attempt counts as wrong until it was right, so that a thousand at once are a
 * thousand.
 *
 * Passwords. An address waits by what was wrong there, whoever it was for. A user's wrong guesses, wherever they came from,
 * make those wait longer who have guessed wrong for him already, each from his own last guess on. So a thousand hosts have one
 * guess each in a quarter of an hour, and yet a stranger locks nobody out for ever: whoever comes from an address that has
 * not guessed wrong is let through at once, and from one where he has logged in before he waits for his own mistakes alone,
 * also where he shares it with the stranger. Which names there are makes no difference.
 *
 * Codes. Who is asked for one has the password already, so all of a user's wrong codes count together, and no new address is
 * let through: a million codes are few. Where he has logged in before, he waits for his own mistakes alone.
 */
export class Delays {
  private readonly clock: Clock;
  private readonly addresses: Counts;
  private readonly users: Counts;
  private readonly pairs: Counts;
  private readonly codes: Counts;
  private readonly codePairs: Counts;

  constructor(clock: Clock) {
    this.clock = clock;
    const counts = () => new Counts(clock);
    [this.addresses, this.users, this.pairs] = [counts(), counts(), counts()];
    [this.codes, this.codePairs] = [counts(), counts()];
  }

  /** @throws SlipwayError `login_delayed` */
  password(guesser: Guesser): Attempt {
    const networks = networksOf(guesser.address ?? '');
    const now = this.clock.monotonicMs();
    const waits = this.isKnown(guesser)
      ? []
      : networks.map(({ network, free }) => waitOf(this.addresses.get(network), free, now));
    this.refuse(Math.max(...waits, this.pairWait(guesser, now)));
    const counted = [
      ...networks.map(({ network }) => ({ counts: this.addresses, key: network })),
      { counts: this.users, key: guesser.user },
      { counts: this.pairs, key: pairOf(guesser) },
    ];
    return counting(counted);
  }

  /**
   * Of a passkey that is not right: nobody guesses one, but each refusal is written down, so they are held up at their address.
   * @throws SlipwayError `login_delayed`
   */
  passkey({ address }: Pick<Guesser, 'address'>): Attempt {
    const networks = networksOf(address ?? '');
    const now = this.clock.monotonicMs();
    this.refuse(
      Math.max(...networks.map(({ network, free }) => waitOf(this.addresses.get(network), free, now))),
    );
    return counting(networks.map(({ network }) => ({ counts: this.addresses, key: network })));
  }

  /** @throws SlipwayError `login_delayed` */
  code(guesser: Guesser): Attempt {
    const now = this.clock.monotonicMs();
    const pair = this.codePairs.get(pairOf(guesser));
    const all = this.codes.get(guesser.user);
    this.refuse(waitOf(this.isKnown(guesser) ? pair : all, FREE_CODES, now));
    return counting([
      { counts: this.codes, key: guesser.user },
      { counts: this.codePairs, key: pairOf(guesser) },
    ]);
  }

  /** He is in: his mistakes on the way there are forgotten, and where he is he is known. What others did there stays. */
  welcome(guesser: Guesser): void {
    const pair = pairOf(guesser);
    const wrong = this.pairs.get(pair)?.wrong ?? 0;
    for (const { network } of networksOf(guesser.address ?? '')) this.addresses.add(network, -wrong);
    this.users.add(guesser.user, -wrong);
    this.pairs.clear(pair, { known: true });
    this.codes.add(guesser.user, -(this.codePairs.get(pair)?.wrong ?? 0));
    this.codePairs.clear(pair, { known: false });
  }

  private pairWait(guesser: Guesser, now: number): number {
    const pair = this.pairs.get(pairOf(guesser));
    if (pair === null || pair.wrong === 0) return 0;
    if (pair.known) return waitOf(pair, FREE, now);
    const wrong = Math.max(pair.wrong, this.users.get(guesser.user)?.wrong ?? 0);
    return waitOf({ ...pair, wrong }, FREE, now);
  }

  private isKnown(guesser: Guesser): boolean {
    return this.pairs.get(pairOf(guesser))?.known ?? false;
  }

  private refuse(waitMs: number): void {
    if (waitMs > 0) throw tooSoon(waitMs);
  }
}

function pairOf({ user, address }: Guesser): string {
  const [first] = networksOf(address ?? '');
  return JSON.stringify([user, first?.network]);
}

function counting(counted: readonly { counts: Counts; key: string }[]): Attempt {
  const before: (Count | null)[] = counted.map(({ counts, key }) => counts.get(key));
  for (const { counts, key } of counted) counts.add(key, 1);
  let isOpen = true;
  return {
    right() {
      if (!isOpen) return;
      isOpen = false;
      for (const [index, { counts, key }] of counted.entries()) counts.add(key, -1, before[index]?.lastMs);
    },
  };
}
