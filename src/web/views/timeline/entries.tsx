import { useEffect, useRef, useState } from 'preact/hooks';
import type { TimelineEntry } from '../../../api/pages/index.ts';
import { Ansi, ExactTime } from '../../components/index.ts';
import { useShortcuts } from '../../context/index.ts';
import type { TimelineModel } from '../../models/timeline/index.ts';

/** Rows that are drawn, and that come with earlier ones. */
const STEP = 500;
const NEAR_MS = 5000;
/** What says little where much happens. */
const DETAIL = /^\S+ is (ready|starting|stopping|stopped)\b| is offered /;

/** The same as the chart, as a table: for who reads it, and for who cannot see the chart. */
export function Entries(props: {
  model: TimelineModel;
  at: number | null;
  everything: boolean;
  onPick: (at: number) => void;
}) {
  const { model, at, everything, onPick } = props;
  const { range } = model;
  const [most, setMost] = useState(STEP);
  const found = (model.entries.value ?? []).filter(
    (entry) => Date.parse(entry.at) >= range.from && (everything || !DETAIL.test(entry.text)),
  );
  const shown = found.slice(-most).toReversed();
  const hasEarlier = found.length > most || model.hasEarlier.value;
  const earlier = () => {
    setMost(Math.min(most, found.length) + STEP);
    if (found.length < most + STEP) void model.earlier();
  };
  const byKey = useRef(earlier);
  byKey.current = earlier;
  useShortcuts(
    hasEarlier ? [{ keys: 'e', text: 'Earlier entries', run: () => byKey.current() }] : [],
    hasEarlier,
  );
  const nearest = at === null ? null : nearestTo(shown, at);
  const row = useRef<HTMLTableRowElement>(null);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (row.current && place.current)
      place.current.scrollTop = row.current.offsetTop - place.current.clientHeight / 2;
  }, [nearest]);
  return (
    <div ref={place} class="panel timeline-entries" tabIndex={0} role="region" aria-label="What happened">
      <table class="table stacks">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">What</th>
            <th scope="col">Who</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((entry) => {
            const moment = Date.parse(entry.at);
            const isNear = at !== null && Math.abs(moment - at) <= NEAR_MS;
            return (
              <tr
                key={`${entry.at} ${entry.text}`}
                ref={entry === nearest ? row : null}
                class={isNear || entry === nearest ? 'is-near' : ''}
              >
                <td class="nowrap">
                  <button type="button" class="link" onClick={() => onPick(moment)}>
                    <ExactTime at={entry.at} />
                  </button>
                </td>
                <td>
                  <span class={entry.is_bad ? 'tone-bad' : ''}>{entry.text}</span>
                  {entry.deployment !== null && (
                    <>
                      {' '}
                      <a href={`/deployments/${entry.deployment}`} class="small">
                        deployment {entry.deployment}
                      </a>
                    </>
                  )}
                  {entry.is_bad && (entry.last_words?.length ?? 0) > 0 && (
                    <LastWords words={entry.last_words ?? []} />
                  )}
                </td>
                <td class="muted nowrap">{entry.actor}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {hasEarlier && (
        <div class="more">
          <button type="button" class="button" disabled={model.reading.value} onClick={earlier}>
            Earlier entries
          </button>
        </div>
      )}
    </div>
  );
}

function LastWords({ words }: { words: readonly string[] }) {
  return (
    <details>
      <summary class="small muted">Its last words</summary>
      <pre class="output">
        <Ansi text={words.join('\n')} />
      </pre>
    </details>
  );
}

function nearestTo(entries: readonly TimelineEntry[], at: number): TimelineEntry | null {
  let best: TimelineEntry | null = null;
  for (const entry of entries)
    if (best === null || Math.abs(Date.parse(entry.at) - at) < Math.abs(Date.parse(best.at) - at))
      best = entry;
  return best;
}
