import type { Clock } from '../kernel/index.ts';
import type { Question } from './ask.ts';
import { listensElsewhere } from './listens-elsewhere.ts';

const FIRST_LOOK_MS = 1000;
const LOOK_EVERY_MS = 5000;

/** What an instance that starts was asked last and what came of it, with where it listens instead. */
export class Unanswered {
  private readonly clock: Clock;
  private readonly question: Question;
  private readonly pids: () => number[];
  private nextLookMs: number;
  private reply: string | null = null;
  private elsewhere = '';

  constructor(options: { clock: Clock; question: Question; pids: () => number[] }) {
    this.clock = options.clock;
    this.question = options.question;
    this.pids = options.pids;
    this.nextLookMs = options.clock.monotonicMs() + FIRST_LOOK_MS;
  }

  /** In words; null where it was not asked yet. */
  get text(): string | null {
    if (this.reply === null) return null;
    return this.elsewhere === '' ? this.reply : `${this.reply}; ${this.elsewhere}`;
  }

  note(reply: string): void {
    this.reply = reply;
    if (this.clock.monotonicMs() < this.nextLookMs) return;
    this.nextLookMs = this.clock.monotonicMs() + LOOK_EVERY_MS;
    this.elsewhere = listensElsewhere(this.pids(), this.question.port);
  }
}
