import { useMemo } from 'preact/hooks';
import { useSlipway } from '../../context/index.ts';
import { TimelinePane } from './pane.tsx';
import { timelineAddressOf } from './query.ts';

const MINUTE_MS = 60_000;

/** What ran, ended, was deployed and changed, and by whom: why it was down at 03:12. */
export function Page({ query }: { query: URLSearchParams }) {
  const { now } = useSlipway();
  // A range that ends with the present is moved on once a minute, and not under the reader's hand.
  const minute = Math.floor(now.value / MINUTE_MS);
  const live = !query.has('from') && (!query.has('at') || query.has('last'));
  const text = query.toString();
  const address = useMemo(() => timelineAddressOf(query, now.peek()), [text, live ? minute : 0]);
  return <TimelinePane address={address} />;
}
