import type { Clock } from '../kernel/index.ts';
import { Event, messageOf, reasonOf, SlipwayError } from '../kernel/index.ts';
import type { FetchedArchive, Offer, Source, SourceCondition } from './source.ts';

/** Stands for a bucket or a repository whose address cannot be used, so that this one app says so and all others go on. */
export class UnusableSource implements Source {
  readonly conditionChanged = new Event<SourceCondition>();
  readonly condition: SourceCondition;
  private readonly reason: string;

  constructor(why: unknown, clock: Clock) {
    this.reason = messageOf(why);
    this.condition = { state: 'error', reason: reasonOf(why), at: clock.now(), offer: null };
  }

  start(): void {
    this.conditionChanged.emit(this.condition);
  }

  async look(): Promise<SourceCondition> {
    return this.condition;
  }

  async find(): Promise<Offer> {
    throw this.error();
  }

  async fetch(): Promise<FetchedArchive> {
    throw this.error();
  }

  private error(): SlipwayError {
    return new SlipwayError('config_invalid', {
      message: this.reason,
      hint: 'nothing was changed',
      next: 'slipway config check',
    });
  }

  async versions(): Promise<string[]> {
    return [];
  }

  stop(): void {}
}
