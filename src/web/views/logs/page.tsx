import { useMemo } from 'preact/hooks';
import { Empty, PageHead } from '../../components/index.ts';
import { useSlipway } from '../../context/index.ts';
import { LogsPane } from './pane.tsx';
import { addressOf } from './query.ts';

/** What the apps and the agent write. */
export function Page({ query }: { query: URLSearchParams }) {
  const { status, now, session } = useSlipway();
  const apps = (status.status.value?.apps ?? []).map(({ app }) => app);
  const known = status.status.value !== null;
  const text = query.toString();
  // A moment is one: that seconds go by does not begin the log anew.
  const address = useMemo(() => addressOf(query, { apps, now: now.peek() }), [text, apps.join(' ')]);
  if (!known) return <PageHead title="Logs" />;
  if (apps.length === 0 && !session.may('viewer'))
    return (
      <>
        <PageHead title="Logs" />
        <Empty title="There is no app whose logs you may read" />
      </>
    );
  return <LogsPane address={address} apps={apps} text={text} />;
}
