/** What retention needs to know of a release. */
export interface RetainedRelease {
  number: number;
  state: 'preparing' | 'ready' | 'live' | 'retired' | 'failed';
  proven: boolean;
  live: boolean;
}

/**
 * The numbers of the releases whose directories may go, oldest first. What stays (design, invariant 4): the live one, the
 * last `keep` proven ones, the newest proven one before the live one (the way back), whatever is in `inUse` (a process
 * runs in it, or an instance's link points to it), what is being prepared, and what is ready and newer than the live one.
 */
export function prunable(
  releases: readonly RetainedRelease[],
  options: { keep: number; inUse: ReadonlySet<number> },
): number[] {
  const newestFirst = [...releases].sort((a, b) => b.number - a.number);
  const live = newestFirst.find((release) => release.live);
  const proven = newestFirst.filter((release) => release.proven);
  const kept = new Set(proven.slice(0, options.keep));
  const wayBack = live && proven.find((release) => release.number < live.number);
  if (wayBack) kept.add(wayBack);
  return newestFirst
    .filter((release) => !kept.has(release) && !isNeeded(release))
    .map((release) => release.number)
    .reverse();

  function isNeeded({ number, state, live: isLive }: RetainedRelease): boolean {
    if (isLive || state === 'live' || state === 'preparing' || options.inUse.has(number)) return true;
    return state === 'ready' && number > (live?.number ?? 0);
  }
}
