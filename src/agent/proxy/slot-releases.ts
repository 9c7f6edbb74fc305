import type { App } from '../../app/index.ts';
import { parseRunId, type Run, slotOf } from '../../supervisor/index.ts';

/** Longer ago nothing is asked for. */
const LOOKED_BACK_MS = 600_000;
const MOST_RUNS = 500;
const KEPT = 4;

interface Began {
  /** Milliseconds since the epoch. */
  from: number;
  release: number;
  run: string;
}

/** Which release ran in a slot when: what a line of the access log was answered by. */
export class SlotReleases {
  private readonly app: App;
  /** Newest last. */
  private readonly bySlot = new Map<string, Began[]>();
  private readonly versions = new Map<number, string | null>();

  constructor(app: App) {
    this.app = app;
    this.recall();
    app.instances.transitioned.on(({ after }) => {
      if ('run' in after.phase) this.began(after.phase.run);
    });
  }

  /** What answered in a slot at a moment: whatever ran there last began after the former one had ended. Null where nobody knows. */
  versionAt(slot: string, moment: number): string | null {
    const began = this.bySlot.get(slot)?.findLast(({ from }) => from <= moment);
    return began === undefined ? null : this.versionOf(began.release);
  }

  private began({ id, release, startedAt }: Run): void {
    const last = this.bySlot.get(slotOfRun(id))?.at(-1);
    if (last?.run === id && last.release === release) return;
    // A release that a process was given while it runs.
    const from = last?.run === id ? this.app.context.clock.now() : startedAt;
    this.note(slotOfRun(id), { from, release, run: id });
  }

  /** What an earlier agent has seen. */
  private recall(): void {
    const { journal, key, clock } = this.app.context;
    const { history } = journal.tables;
    const now = clock.now();
    const before = now - LOOKED_BACK_MS;
    const rows = [
      ...history.lastRuns(key, before),
      ...history.runsStarted(key, { from: before, to: now, limit: MOST_RUNS }).toReversed(),
    ];
    const changes = history.versions(key);
    for (const { id, unit, release, version, kind, startedAt } of rows) {
      const changed = changes.find((each) => each.unit === unit && each.version === version);
      const from = kind === 'hot' ? (changed?.since ?? now) : startedAt;
      this.note(slotOfRun(id), { from, release, run: id });
    }
  }

  private note(slot: string, began: Began): void {
    const known = this.bySlot.get(slot) ?? [];
    // It was restarted: it answers with the same.
    if (known.at(-1)?.release === began.release) Object.assign(known.at(-1) ?? {}, { run: began.run });
    else this.bySlot.set(slot, [...known, began].slice(-KEPT));
  }

  private versionOf(release: number): string | null {
    const known = this.versions.get(release);
    if (known !== undefined) return known;
    const { journal, key } = this.app.context;
    const version = journal.tables.release(key, release)?.version ?? null;
    this.versions.set(release, version);
    return version;
  }
}

function slotOfRun(id: string): string {
  const name = parseRunId(id);
  return name ? slotOf(name) : '';
}
