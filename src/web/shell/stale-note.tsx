import { wholeSeconds } from '../../wording/index.ts';
import { exactTime, sentence } from '../components/index.ts';
import { useSlipway } from '../context/index.ts';

/** Says since when the page is not live any more. */
export function StaleNote() {
  const { feed, now, preferences } = useSlipway();
  const state = feed.state.value;
  if (state.is !== 'down') return null;
  const since = exactTime(new Date(state.since).toISOString(), preferences.zone.value).slice(
    '2026-11-30 '.length,
  );
  return (
    <div class="stale-note" role="status">
      <strong>Not live since {since}</strong>
      <span aria-hidden="true" class="number">
        {wholeSeconds(now.value - state.since)}
      </span>
      <span>{sentence(state.reason)}. What is grey may have changed; it is tried again.</span>
      <button type="button" class="button small" onClick={() => feed.retry()}>
        Try now
      </button>
    </div>
  );
}
