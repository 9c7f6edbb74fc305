import { formatDuration, formatSize, systemClock } from '../../kernel/index.ts';
import { type Channel, cut, plain, type Symbols } from '../output/index.ts';

const FRAME_MS = 100;
const CLEAR_LINE = '\x1b[K';

/** How much of a file is sent or fetched: on a terminal a line that is drawn again and again, elsewhere a line at its end. */
export class TransferLine {
  private readonly channel: Channel;
  private readonly symbols: Symbols;
  private readonly name: string;
  private readonly sizeBytes: number | null;
  private readonly words: { doing: string; done: string };
  private readonly startedMs = systemClock.monotonicMs();
  private readonly timer: NodeJS.Timeout | undefined;
  private sentBytes = 0;
  private frame = 0;

  constructor(options: {
    channel: Channel;
    symbols: Symbols;
    name: string;
    /** Null where nobody knows before its end. */
    sizeBytes: number | null;
    words?: { doing: string; done: string };
  }) {
    this.channel = options.channel;
    this.symbols = options.symbols;
    this.name = plain(options.name);
    this.sizeBytes = options.sizeBytes;
    this.words = options.words ?? { doing: 'sending', done: 'sent' };
    if (this.channel.live) this.timer = setInterval(() => this.draw(), FRAME_MS);
  }

  update(sentBytes: number): void {
    this.sentBytes = sentBytes;
  }

  /** All of it has arrived. */
  done(): void {
    this.stop();
    const { colors, write } = this.channel;
    const time = formatDuration(systemClock.monotonicMs() - this.startedMs);
    const size = formatSize(this.sizeBytes ?? this.sentBytes);
    write(
      `${colors.green(this.symbols.done)} ${this.words.done} ${this.name}: ${size} in ${time} (${this.rate()})\n`,
    );
  }

  /** Takes the moving line away. */
  stop(): void {
    clearInterval(this.timer);
    if (this.timer) this.channel.raw(`\r${CLEAR_LINE}`);
  }

  private draw(): void {
    const { frames } = this.symbols;
    const sign = this.channel.colors.cyan(frames[this.frame++ % frames.length] ?? '');
    const text = `${this.words.doing} ${this.name}  ${this.sent()}  ${this.rate()}`;
    this.channel.raw(`\r${sign} ${cut(text, this.channel.columns() - 3)}${CLEAR_LINE}`);
  }

  private sent(): string {
    const { sentBytes, sizeBytes } = this;
    if (sizeBytes === null) return formatSize(sentBytes);
    const share = Math.min(100, Math.floor((100 * sentBytes) / sizeBytes));
    return `${formatSize(sentBytes)} of ${formatSize(sizeBytes)}  ${share}%`;
  }

  private rate(): string {
    const ms = Math.max(1, systemClock.monotonicMs() - this.startedMs);
    return `${formatSize((1000 * this.sentBytes) / ms)}/s`;
  }
}
