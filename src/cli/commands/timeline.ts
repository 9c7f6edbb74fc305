import type { TimelineEntry } from '../../api/index.ts';
import { systemClock } from '../../kernel/index.ts';
import { printData } from '../output/index.ts';
import type { Target } from '../parse.ts';
import type { Session } from '../session.ts';
import { timelineView } from '../view/index.ts';

const DAY_MS = 86_400_000;
const AROUND_MS = 15 * 60_000;
const LIMIT = 1000;

export async function timeline(
  session: Session,
  target: Target,
  { at, since, before }: { at?: number; since?: number; before?: string },
): Promise<void> {
  const { output } = session;
  const now = systemClock.now();
  const from = at === undefined ? now - (since ?? DAY_MS) : at - (since ?? AROUND_MS);
  const to = at === undefined ? now : Math.min(now, at + (since ?? AROUND_MS));
  const client = await session.client();
  const { app } = target;
  // A program asks for what was in that time; a person also wants to know what was up when it began.
  const found = await client.timeline({
    app,
    from,
    to,
    limit: LIMIT,
    leading: !output.json && at !== undefined && before === undefined,
    before,
  });
  const [oldest] = found;
  const entries = found.filter((entry) => concerns(entry, target));
  printData(output, entries, () =>
    timelineView(entries, {
      ...{ app, now, from, to, at: at ?? null },
      ...{ colors: output.out.colors, columns: output.out.columns() },
    }),
  );
  if (found.length >= LIMIT && oldest)
    output.err.write(`older entries: the same with --before ${oldest.cursor}\n`);
}

/** What is of no one instance is of all. */
function concerns({ instance, app }: TimelineEntry, target: Target): boolean {
  if (target.instance === null || instance === null) return true;
  const unit = instance.slice((app ?? '').length + 1);
  return unit === target.instance || unit.startsWith(`${target.instance}.`);
}
