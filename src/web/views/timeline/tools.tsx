import { Copy, Icon } from '../../components/index.ts';
import { useSlipway } from '../../context/index.ts';
import { moved, type Range, zoomed } from '../../models/timeline/index.ts';
import { PRESETS, type TimelineAddress } from './query.ts';

export function Tools(props: {
  address: TimelineAddress;
  onQuery: (changes: Record<string, string | null>) => void;
  onRange: (range: Range) => void;
}) {
  const { address, onQuery, onRange } = props;
  const { status, router, preferences } = useSlipway();
  const { range, app, isLive, at } = address;
  const last = router.place.value.query.get('last') ?? '1h';
  const middle = at ?? (range.from + range.to) / 2;
  const zone = preferences.zone.value;
  const field = (name: 'from' | 'to', text: string) => (
    <label class="timeline-field">
      <span class="small muted">{text}</span>
      <input
        class="input"
        type="datetime-local"
        step="1"
        value={fieldText(range[name], zone)}
        onChange={(event) => {
          const moment = fieldMoment(event.currentTarget.value, zone);
          const next = { ...range, [name]: moment };
          if (!Number.isNaN(moment) && next.from < next.to) onRange(next);
        }}
      />
    </label>
  );
  return (
    <div class="timeline-tools">
      <select
        class="input"
        aria-label="App"
        value={app ?? ''}
        onChange={(event) => onQuery({ app: event.currentTarget.value })}
      >
        <option value="">All apps and the host</option>
        {(status.status.value?.apps ?? []).map((each) => (
          <option key={each.app} value={each.app}>
            {each.app}
          </option>
        ))}
      </select>
      <div class="choices" role="group" aria-label="Time">
        {PRESETS.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={isLive && each === last}
            onClick={() => onQuery({ last: each, from: null, to: null, at: null })}
          >
            {each}
          </button>
        ))}
      </div>
      {field('from', 'From')}
      {field('to', 'To')}
      <div class="buttons">
        <Tool label="Earlier" text="←" onClick={() => onRange(moved(range, -0.5))} />
        <Tool label="Later" text="→" onClick={() => onRange(moved(range, 0.5))} />
        <Tool
          label="Closer"
          text="+"
          onClick={() => onRange(zoomed(range, { factor: 0.5, around: middle }))}
        />
        <Tool
          label="Farther"
          text="−"
          onClick={() => onRange(zoomed(range, { factor: 2, around: middle }))}
        />
        <Copy text={linkTo(address)} what="a link to this time" icon="link" />
      </div>
    </div>
  );
}

function Tool({ label, text, onClick }: { label: string; text: string; onClick: () => void }) {
  return (
    <button type="button" class="button icon small" aria-label={label} title={label} onClick={onClick}>
      {text === '' ? <Icon name="clock" /> : text}
    </button>
  );
}

/** It shows the same to who opens it tomorrow. */
function linkTo({ app, range, at }: TimelineAddress): string {
  const query = new URLSearchParams({
    ...(app !== null && { app }),
    ...{ from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString() },
    ...(at !== null && { at: new Date(at).toISOString() }),
  });
  return `${location.origin}/timeline?${query}`;
}

function fieldText(ms: number, zone: 'local' | 'utc'): string {
  const offsetMs = zone === 'utc' ? 0 : new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - offsetMs).toISOString().slice(0, '2026-11-30T03:12:07'.length);
}

function fieldMoment(text: string, zone: 'local' | 'utc'): number {
  return Date.parse(zone === 'utc' ? `${text}Z` : text);
}
