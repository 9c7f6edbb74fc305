import { useRef, useState } from 'preact/hooks';
import { Command, Empty, Loading, PageHead, ProblemBox, Section } from '../../components/index.ts';
import { useModel, useSlipway } from '../../context/index.ts';
import { createTimeline } from '../../models/timeline/index.ts';
import { Chart } from './chart.tsx';
import { Entries } from './entries.tsx';
import { LogsBeside } from './logs-beside.tsx';
import { Moment } from './moment.tsx';
import { type TimelineAddress, timelineCommand, written } from './query.ts';
import { Tools } from './tools.tsx';

export function TimelinePane({ address }: { address: TimelineAddress }) {
  const { router } = useSlipway();
  const { app, isLive, at } = address;
  const latest = useModel(
    ({ client, feed }) => createTimeline({ client, feed, app, range: address.range, isLive }),
    [app, address.range.from, address.range.to, isLive],
  );
  // What was there stays until the new time has come: what is looked at, and where the focus is, would be gone for a moment.
  const shown = useRef(latest);
  if (latest.entries.value !== null) shown.current = latest;
  const model = shown.current;
  const { range } = model;
  const [everything, setEverything] = useState(false);
  const entries = model.entries.value;
  const show = (changes: Record<string, string | null>) => router.setQuery(changes, { push: true });
  // The time that is shown stays: a moment alone in the address would mean the time around it.
  const pick = (moment: number) =>
    router.setQuery({ at: written(moment), from: written(range.from), to: written(range.to), last: null });
  const choose = (next: { from: number; to: number }) =>
    show({ from: written(next.from), to: written(next.to), last: null });
  return (
    <>
      <PageHead title="Timeline" />
      <Tools address={address} onQuery={show} onRange={choose} />
      <ProblemBox problem={latest.problem.value} retry={() => void latest.refresh()} />
      {entries === null ? (
        latest.problem.value === null && <Loading lines={6} />
      ) : (
        <>
          <div class="panel timeline live">
            <Chart lanes={model.lanes.value} range={range} at={at} onPick={pick} onRange={choose} />
          </div>
          {model.isCut.value && (
            <p class="muted small">
              {model.hasEarlier.value
                ? 'There was more in this time: the earlier entries are behind the end of the list.'
                : 'There was more than fits here: choose a shorter time, or one app.'}
            </p>
          )}
          {at !== null && (
            <Moment at={at} running={model.runningAt(at)} onForget={() => show({ at: null })} />
          )}
          <div class={at === null ? '' : 'timeline-halves'}>
            <Section
              title="What happened"
              aside={
                <label class="check small">
                  <input
                    type="checkbox"
                    checked={everything}
                    onChange={(event) => setEverything(event.currentTarget.checked)}
                  />
                  Everything, readiness and offers too
                </label>
              }
            >
              {entries.length === 0 ? (
                <div class="panel">
                  <Empty title="Nothing happened in this time" />
                </div>
              ) : (
                <Entries model={model} at={at} everything={everything} onPick={pick} />
              )}
            </Section>
            {at !== null && <LogsBeside at={at} app={app ?? appAround(entries, at)} />}
          </div>
          <div class="section">
            <Command text={timelineCommand(address)} title="The same on the command line" />
          </div>
        </>
      )}
    </>
  );
}

/** Whose log is of interest: of the entry that is nearest, a bad one if there is one near. */
function appAround(
  entries: readonly { app: string | null; at: string; is_bad: boolean }[],
  at: number,
): string | null {
  const near = entries
    .filter((entry) => entry.app !== null)
    .map((entry) => ({ ...entry, away: Math.abs(Date.parse(entry.at) - at) / (entry.is_bad ? 4 : 1) }))
    .toSorted((a, b) => a.away - b.away);
  return near[0]?.app ?? null;
}
