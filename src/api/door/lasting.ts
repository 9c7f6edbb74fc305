import type { Event } from '../../kernel/index.ts';
import { SlipwayError } from '../../kernel/index.ts';

const MOST = 1000;
const MOST_OF_ONE = 256;

export interface Held {
  /** The id of the session, or `token:<id>`. */
  id: string;
  /** Whose it is, over all his sessions. */
  owner: string;
  /** Whether it lets him in still, with the same role. */
  isGood: () => boolean;
  end: () => void;
}

/** What lasts longer than a question and an answer, and ends with the session or the token: streams, shells, uploads. */
export class Lasting {
  private readonly held = new Set<Held>();
  private readonly forget: () => void;
  private readonly recheckMs: number;
  private timer: NodeJS.Timeout | null = null;

  constructor({ ended, recheckMs = 30_000 }: { ended: Event<string>; recheckMs?: number }) {
    this.recheckMs = recheckMs;
    this.forget = ended.on((id) => this.endIf((each) => each.id === id));
  }

  /**
   * Gives what is called when it has ended by itself.
   * @throws SlipwayError `unauthenticated`, `too_many`
   */
  hold(one: Held): () => void {
    if (!one.isGood())
      throw new SlipwayError('unauthenticated', { message: 'the session or the token is over' });
    const ofOwner = [...this.held].filter(({ owner }) => owner === one.owner).length;
    if (this.held.size >= MOST || ofOwner >= MOST_OF_ONE)
      throw new SlipwayError('too_many', {
        message: `${ofOwner} streams and shells of yours are open, ${this.held.size} of all; ${MOST_OF_ONE} and ${MOST} may be`,
        hint: 'close those that nobody looks at',
      });
    this.held.add(one);
    // Time alone ends a token, and tells nobody.
    this.timer ??= setInterval(() => this.endIf((each) => !each.isGood()), this.recheckMs).unref();
    return () => this.drop(one);
  }

  close(): void {
    this.forget();
    this.endIf(() => true);
  }

  private endIf(isOver: (one: Held) => boolean): void {
    for (const one of [...this.held].filter(isOver)) {
      this.drop(one);
      one.end();
    }
  }

  private drop(one: Held): void {
    this.held.delete(one);
    if (this.held.size > 0 || this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
  }
}
