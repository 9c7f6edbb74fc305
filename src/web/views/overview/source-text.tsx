import type { App } from '../../../api/pages/index.ts';
import { versionText, withShortCommits } from '../../../wording/index.ts';
import { sentence } from '../../components/index.ts';

/** What the source has now, as far as it is not live already. */
export function SourceText({ app }: { app: App }) {
  const { source, live } = app;
  const { state, reason, offer, tried } = source;
  if (app.waits_for !== undefined) return <span class="tone-bad">{sentence(reason ?? 'it waits')}</span>;
  if (state !== 'ok')
    return (
      <span class={state === 'error' ? 'tone-bad' : 'muted'} title={reason ?? ''}>
        Source {state}: {withShortCommits(reason ?? 'no reason given')}
      </span>
    );
  if (offer === null) return <span class="muted">The source offers nothing yet</span>;
  if (offer === live?.version) return <span class="muted">As the source offers</span>;
  return (
    <span>
      Offers <span class="version">{versionText(offer)}</span>
      {tried !== null && <span class="tone-bad"> · not tried again</span>}
    </span>
  );
}
