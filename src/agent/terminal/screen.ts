import { SerializeAddon } from '@xterm/addon-serialize';
import headless from '@xterm/headless';
import type { TerminalSize } from '../../api/index.ts';
import { sleep, systemClock } from '../../kernel/index.ts';

export interface Snapshot {
  /** How many bytes of output it stands for. */
  sequence: number;
  /** What makes a fresh terminal show it, modes included. */
  text: string;
}

/** What was scrolled away, too. */
const SCROLLBACK_LINES = 1000;
/** A screen whose every cell has its own colours takes some 20 bytes a cell. */
const MOST_CHARACTERS = 1_000_000;
/** A break between two writes seldom falls into the middle of an escape sequence, which a snapshot would tear. */
const QUIET_MS = 20;
const PATIENCE_TURNS = 15;

/** What a terminal shows of an output. It answers nothing: the terminal of a person does. */
export class Screen {
  private readonly terminal: headless.Terminal;
  private readonly serializer = new SerializeAddon();
  private sequence = 0;
  private pending = 0;

  constructor({ columns, rows }: TerminalSize) {
    this.terminal = new headless.Terminal({
      cols: columns,
      rows,
      scrollback: SCROLLBACK_LINES,
      allowProposedApi: true,
    });
    this.terminal.loadAddon(this.serializer);
  }

  /** Bytes that were not looked at yet. */
  get behindBytes(): number {
    return this.pending;
  }

  write(bytes: Buffer, done: () => void): void {
    this.pending += bytes.length;
    this.terminal.write(bytes, () => {
      this.pending -= bytes.length;
      this.sequence += bytes.length;
      done();
    });
  }

  resize({ columns, rows }: TerminalSize): void {
    this.terminal.resize(columns, rows);
  }

  async snapshot(): Promise<Snapshot> {
    let seen = -1;
    for (let turn = 0; turn < PATIENCE_TURNS && (seen !== this.sequence || this.pending > 0); turn++) {
      seen = this.sequence;
      await sleep(QUIET_MS, { clock: systemClock });
    }
    const all = this.serializer.serialize({ scrollback: SCROLLBACK_LINES });
    const text = all.length <= MOST_CHARACTERS ? all : this.serializer.serialize({ scrollback: 0 });
    return { sequence: this.sequence, text: text.length <= MOST_CHARACTERS ? text : '' };
  }
}
