/** What retention needs to know of a release. */
export interface RetainedRelease {
  number: number;
  state: 'preparing' | 'ready' | 'live' | 'retired' | 'failed';
  proven: boolean;
  live: boolean;
  /** Milliseconds since the epoch; needed where age counts. */
  createdAt?: number;
  /** What its removal would free; needed where free space counts. */
  sizeBytes?: number | null;
}

export interface RetentionOptions {
  /** Proven releases that stay. */
  keep: number;
  inUse: ReadonlySet<number>;
  /** None of those that is older by `now` is kept; null: however old. */
  maxAgeMs?: number | null;
  now?: number;
  /** Fewer are kept where `freeBytes` are less; null: however little. */
  minFreeBytes?: number | null;
  freeBytes?: number;
}

/**
 * The numbers of the releases whose directories may go, oldest first. What stays (docs/architecture.md, rule 4): the live one, the
 * newest proven one before it (the way back; the newest of all where none is live), whatever is in `inUse` (a process
 * runs in it, or an instance's link points to it), what is being prepared, and what is ready and newer than the live one.
 * Of the others the last `keep` proven ones stay, less those that are too old, and less the oldest while too little would
 * be free.
 */
export function prunable(releases: readonly RetainedRelease[], options: RetentionOptions): number[] {
  const newestFirst = [...releases].sort((a, b) => b.number - a.number);
  const live = newestFirst.find((release) => release.live);
  const proven = newestFirst.filter((release) => release.proven);
  const wayBack = proven.find((release) => live === undefined || release.number < live.number);
  const counted = new Set(proven.slice(0, options.keep));
  const oldestFirst = newestFirst.filter((release) => release !== wayBack && !isNeeded(release)).reverse();
  const gone = new Set(oldestFirst.filter((release) => !counted.has(release) || isTooOld(release, options)));
  let freeBytes = options.freeBytes ?? Number.POSITIVE_INFINITY;
  for (const release of gone) freeBytes += release.sizeBytes ?? 0;
  for (const release of oldestFirst) {
    if (freeBytes >= (options.minFreeBytes ?? 0)) break;
    if (gone.has(release)) continue;
    gone.add(release);
    freeBytes += release.sizeBytes ?? 0;
  }
  return oldestFirst.filter((release) => gone.has(release)).map((release) => release.number);

  function isNeeded({ number, state, live: isLive }: RetainedRelease): boolean {
    if (isLive || state === 'live' || state === 'preparing' || options.inUse.has(number)) return true;
    return state === 'ready' && number > (live?.number ?? 0);
  }
}

function isTooOld({ createdAt }: RetainedRelease, { maxAgeMs, now }: RetentionOptions): boolean {
  if (typeof maxAgeMs !== 'number' || now === undefined || createdAt === undefined) return false;
  return now - createdAt > maxAgeMs;
}
