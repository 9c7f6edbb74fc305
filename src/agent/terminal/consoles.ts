import { randomUUID } from 'node:crypto';
import type { AskedConsole, Caller, Console as Shown, Terminal } from '../../api/index.ts';
import { type Clock, SlipwayError } from '../../kernel/index.ts';
import { Console } from './console.ts';
import type { Snapshot } from './screen.ts';

/** What a console is opened on; nulls for the host itself. */
export interface ConsolePlace {
  app: string | null;
  instance: string | null;
}

interface Kept {
  console: Console;
  place: ConsolePlace;
  caller: Caller;
  openedAt: number;
}

const MOST = 16;
const IDLE_MS = 15 * 60_000;
/** A page that was away meanwhile is told how its console ended. */
const REMEMBERED_MS = 60_000;

/** The consoles that pages have open. They outlive the connections of their pages, and not the agent. */
export class Consoles {
  private readonly clock: Clock;
  private readonly idleMs: number;
  private readonly byId = new Map<string, Kept>();

  constructor({ clock, idleMs = IDLE_MS }: { clock: Clock; idleMs?: number }) {
    this.clock = clock;
    this.idleMs = idleMs;
  }

  /** @throws SlipwayError `shell_refused` where no more may be kept */
  refuseMore(): void {
    const running = [...this.byId.values()].filter(({ console }) => console.exit === null);
    if (running.length < MOST) return;
    throw new SlipwayError('shell_refused', {
      message: `${MOST} consoles are open in pages, and no more may be at once`,
      hint: 'the list of consoles ends those that nobody needs; one that nobody looks at ends after 15 minutes',
    });
  }

  keep(
    terminal: Terminal,
    options: {
      place: ConsolePlace;
      caller: Caller;
      viewer: string;
      snapshot: () => Promise<Snapshot | null>;
    },
  ): Terminal {
    const { place, caller, viewer, snapshot } = options;
    const id = randomUUID();
    const console = new Console({
      ...{ id, terminal, snapshot, idleMs: this.idleMs },
      onForgotten: () => console.end(),
    });
    this.byId.set(id, { console, place, caller, openedAt: this.clock.now() });
    const forget = () => this.forget(id);
    terminal.ended.then(forget, forget);
    return console.open(viewer);
  }

  /** @throws SlipwayError `console_unknown` */
  async attach(asked: AskedConsole): Promise<Terminal> {
    return await this.find(asked.console).console.attach(asked);
  }

  list(): Shown[] {
    const shown = [...this.byId].map(([id, { console, place, caller, openedAt }]) => ({
      console: id,
      ...place,
      actor: caller.actor,
      opened_at: new Date(openedAt).toISOString(),
      viewers: console.viewerCount,
      ended: console.exit,
    }));
    return shown.toReversed();
  }

  /**
   * What it was opened on, and by whom.
   * @throws SlipwayError `console_unknown`
   */
  look(id: string): { place: ConsolePlace; caller: Caller } {
    return this.find(id);
  }

  /** @throws SlipwayError `console_unknown` */
  end(id: string): ConsolePlace {
    const { console, place } = this.find(id);
    console.end();
    return place;
  }

  private find(id: string): Kept {
    const found = this.byId.get(id);
    if (found) return found;
    throw new SlipwayError('console_unknown', {
      message: 'this console is no longer there: it has ended, or the agent was restarted',
      hint: 'open a new one',
    });
  }

  private forget(id: string): void {
    setTimeout(() => this.byId.delete(id), REMEMBERED_MS).unref();
  }
}
