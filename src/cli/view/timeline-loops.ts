import type { TimelineEntry } from '../../api/index.ts';

/** An entry; where it stands for more, how many, and when the last of them was. */
export interface Told extends TimelineEntry {
  times: number;
  until: string;
}

/** A loop of starts and equal exits of an instance is told once, and how often: whatever else happened stays. */
export function foldLoops(entries: readonly TimelineEntry[]): Told[] {
  let told: Told[] = [];
  for (const entry of entries) {
    const { at, kind, instance, text } = entry;
    const former =
      kind === 'exit' ? told.findLastIndex((each) => each.kind === 'exit' && each.instance === instance) : -1;
    const since = told.slice(former + 1);
    const isOfLoop = (each: Told) =>
      each.instance === instance && (each.kind === 'run' || each.kind === 'state');
    const isLoop =
      former >= 0 &&
      told[former]?.text === text &&
      since.every((each) => isOfLoop(each) || isOfOther(each, instance));
    const first = told[former];
    if (!isLoop || !first) {
      told.push({ ...entry, times: 1, until: at });
      continue;
    }
    const rest = since.filter((each) => !isOfLoop(each));
    told = [...told.slice(0, former), { ...first, times: first.times + 1, until: at }, ...rest];
  }
  return told;
}

function isOfOther(each: Told, instance: string | null): boolean {
  return each.instance !== null && each.instance !== instance;
}
