import { age, versionText } from '../../../wording/index.ts';
import { ExactTime, Icon } from '../../components/index.ts';
import { useSlipway } from '../../context/index.ts';
import type { TimelineModel } from '../../models/timeline/index.ts';

/** What each instance ran then. */
export function Moment(props: {
  at: number;
  running: ReturnType<TimelineModel['runningAt']>;
  onForget: () => void;
}) {
  const { at, running, onForget } = props;
  const { now } = useSlipway();
  const iso = new Date(at).toISOString();
  return (
    <section class="panel padded timeline-moment" aria-label="The moment" aria-live="polite">
      <div class="section-head">
        <h2>
          At <ExactTime at={iso} /> <span class="muted">({age(iso, now.value)} ago)</span>
        </h2>
        <button
          type="button"
          class="button plain icon small"
          aria-label="Forget the moment"
          onClick={onForget}
        >
          <Icon name="close" />
        </button>
      </div>
      {running.length === 0 ? (
        <p class="muted">Nothing is known of any instance then.</p>
      ) : (
        <ul class="timeline-running">
          {running.map(({ name, release, since }) => (
            <li key={name} class="state">
              <span class={`dot tone-${release === null ? 'bad' : 'good'}`} />
              <span>{name}</span>
              {release === null ? (
                <strong class="tone-bad">did not run</strong>
              ) : (
                <span class="version" title={release}>
                  {versionText(release)}
                </span>
              )}
              {since !== null && (
                <span class="muted small">for {age(new Date(since).toISOString(), at)}</span>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
