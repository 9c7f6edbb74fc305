import type { DeploymentWithSteps } from '../../api/index.ts';
import { formatDuration, systemClock, visible } from '../../kernel/index.ts';
import { stepName } from '../../wording/index.ts';
import { type Channel, cut, plain, type Symbols } from '../output/index.ts';
import { NAME_COLUMNS, type Step, stepLine } from '../view/index.ts';
import type { Renderer } from './renderer.ts';
import { stepChanges } from './step-changes.ts';

const FRAME_MS = 100;
const OUTPUT_LINES = 5;
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_BELOW = '\x1b[J';

/** Shows a person what is over, where it stays, and draws below it what runs, again and again, with the time. */
export class LiveRenderer implements Renderer {
  private readonly channel: Channel;
  private readonly symbols: Symbols;
  private readonly timer: NodeJS.Timeout;
  private readonly startedMs = systemClock.monotonicMs();
  private last: DeploymentWithSteps | null = null;
  /** When that was told. */
  private lastMs = 0;
  private drawnLines = 0;
  private frame = 0;

  constructor(channel: Channel, symbols: Symbols) {
    this.channel = channel;
    this.symbols = symbols;
    this.timer = setInterval(() => {
      this.frame += 1;
      this.draw([]);
    }, FRAME_MS);
    process.on('exit', this.showCursor);
    channel.raw(HIDE_CURSOR);
  }

  update(deployment: DeploymentWithSteps): void {
    const changes = stepChanges(this.last, deployment);
    this.last = deployment;
    this.lastMs = systemClock.monotonicMs();
    this.draw(
      changes.flatMap((change) =>
        change.kind === 'ended' ? this.endedLines(change.step, change.tolerated) : [],
      ),
    );
  }

  note(line: string): void {
    this.draw([line]);
  }

  end(): void {
    clearInterval(this.timer);
    this.channel.raw(`${this.erasing()}${SHOW_CURSOR}`);
    process.off('exit', this.showCursor);
  }

  /** Takes the moving part away, writes what stays, and puts the moving part below it again, in one write. */
  private draw(staying: string[]): void {
    const erase = this.erasing();
    const moving = this.movingLines();
    this.drawnLines = moving.length;
    const lines = [...staying, ...moving].map((line) => `${line}\n`).join('');
    this.channel.raw(erase + visible(lines, { colours: true }));
  }

  private erasing(): string {
    const up = this.drawnLines === 0 ? '' : `\x1b[${this.drawnLines}A`;
    this.drawnLines = 0;
    return `\r${up}${CLEAR_BELOW}`;
  }

  /** A step that is over, with the end of what it printed; with all of it where it failed. */
  private endedLines(step: Step, tolerated: boolean): string[] {
    const { colors } = this.channel;
    const shown = step.state === 'failed' ? step.output : step.output.slice(-OUTPUT_LINES);
    const output = shown.map((line) => colors.dim(`${this.symbols.gutter} ${plain(line)}`));
    return [stepLine(step, { colors, symbols: this.symbols, tolerated }), ...output];
  }

  private movingLines(): string[] {
    const { colors, columns } = this.channel;
    const { frames, gutter } = this.symbols;
    const sign = colors.cyan(frames[this.frame % frames.length] ?? '');
    const now = systemClock.monotonicMs();
    // A line that the terminal breaks in two would not be taken away whole.
    const moving = (text: string) => `${sign} ${cut(text, columns() - 3)}`;
    const running = this.last?.steps.filter((step) => step.state === 'running') ?? [];
    if (running.length === 0) {
      const what = this.last?.state === 'queued' ? 'waiting for its turn' : 'working';
      return [moving(`${what.padEnd(NAME_COLUMNS)} ${formatSeconds(now - this.startedMs)}`)];
    }
    const lines = running.flatMap((step) => {
      const time = formatSeconds((step.duration_ms ?? 0) + now - this.lastMs);
      const reason = step.reason === null ? '' : `  ${plain(step.reason)}`;
      const output = step.output.slice(-OUTPUT_LINES);
      return [
        moving(`${stepName(step).padEnd(NAME_COLUMNS)} ${time}${reason}`),
        ...output.map((line) => colors.dim(`${gutter} ${cut(plain(line), columns() - 3)}`)),
      ];
    });
    // Lines that have left the screen would not be taken away, either.
    return lines.slice(0, this.channel.rows() - 1);
  }

  private readonly showCursor = (): void => this.channel.raw(SHOW_CURSOR);
}

/** Tenths of a second all the way: a counter that jumps between units is hard to read. */
function formatSeconds(ms: number): string {
  return ms < 60_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)}s` : formatDuration(ms);
}
