import type { Clock } from '../kernel/index.ts';
import type { Link } from './link.ts';
import { Silence, type TickRhythm } from './ticks.ts';

interface Options {
  link: Pick<Link, 'tick' | 'lastReceivedAt'>;
  clock: Clock;
  rhythm: TickRhythm;
  onDead: () => void;
}

/** Sends ticks, busy or not (one costs less than knowing), and notices a peer that is there but says nothing, as one that is stopped. */
export class KeepAlive {
  private readonly options: Options;
  private readonly silence: Silence;
  private rhythm: TickRhythm;
  private cancel: () => void = () => {};

  constructor(options: Options) {
    this.options = options;
    this.rhythm = options.rhythm;
    this.silence = new Silence(options.link.lastReceivedAt);
    this.wait();
  }

  follow(rhythm: TickRhythm): void {
    this.rhythm = rhythm;
    this.stop();
    this.wait();
  }

  stop(): void {
    this.cancel();
  }

  private wait(): void {
    this.cancel = this.options.clock.after(this.rhythm.intervalMs, () => this.endInterval());
  }

  private endInterval(): void {
    const { link, onDead } = this.options;
    if (this.silence.endInterval(link.lastReceivedAt, this.rhythm)) return onDead();
    link.tick();
    this.wait();
  }
}
