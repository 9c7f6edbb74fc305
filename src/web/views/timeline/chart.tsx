import { useEffect, useRef, useState } from 'preact/hooks';
import { exactTime } from '../../components/index.ts';
import { useSlipway } from '../../context/index.ts';
import { type Lane, type Range, ticksOf, tickText } from '../../models/timeline/index.ts';
import { LaneRow } from './lane-row.tsx';

const LANE_HEIGHT = 26;
const AXIS_HEIGHT = 26;
/** Less is a click. */
const DRAG_PX = 5;

/** Lanes over time. A click picks a moment, a drag a range; with the keyboard, the moment is a slider. */
export function Chart(props: {
  lanes: readonly Lane[];
  range: Range;
  at: number | null;
  onPick: (at: number) => void;
  onRange: (range: Range) => void;
}) {
  const { lanes, range, at, onPick, onRange } = props;
  const { preferences } = useSlipway();
  const zone = preferences.zone.value;
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(900);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  useEffect(() => {
    const { current } = place;
    if (current === null) return;
    const observer = new ResizeObserver(() => setWidth(current.clientWidth));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  const labels = width < 560 ? 84 : 132;
  const inner = Math.max(50, width - labels - 12);
  const x = (moment: number) => labels + ((moment - range.from) / (range.to - range.from)) * inner;
  const momentAt = (event: PointerEvent) => {
    const left = place.current?.getBoundingClientRect().left ?? 0;
    const share = Math.min(1, Math.max(0, (event.clientX - left - labels) / inner));
    return Math.round(range.from + share * (range.to - range.from));
  };
  const height = lanes.length * LANE_HEIGHT + AXIS_HEIGHT;
  const offsetMs = zone === 'utc' ? 0 : -new Date(range.from).getTimezoneOffset() * 60_000;
  const ticks = ticksOf(range, { most: Math.max(2, Math.floor(inner / 90)), offsetMs });

  const end = (event: PointerEvent) => {
    if (drag === null) return;
    const to = momentAt(event);
    setDrag(null);
    if (Math.abs(x(to) - x(drag.from)) < DRAG_PX) onPick(to);
    else onRange({ from: Math.min(drag.from, to), to: Math.max(drag.from, to) });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = (range.to - range.from) / (event.shiftKey ? 10 : 200);
    const now = at ?? range.to;
    const next = { ArrowLeft: now - step, ArrowRight: now + step, Home: range.from, End: range.to }[
      event.key
    ];
    if (next === undefined) return;
    event.preventDefault();
    onPick(Math.round(Math.min(range.to, Math.max(range.from, next))));
  };
  return (
    <div
      ref={place}
      class="timeline-chart"
      role="slider"
      tabIndex={0}
      aria-label="Moment"
      aria-valuemin={range.from}
      aria-valuemax={range.to}
      aria-valuenow={at ?? range.to}
      aria-valuetext={exactTime(new Date(at ?? range.to).toISOString(), zone)}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: momentAt(event), to: momentAt(event) });
      }}
      onPointerMove={(event) => drag !== null && setDrag({ ...drag, to: momentAt(event) })}
      onPointerUp={end}
      onPointerCancel={() => setDrag(null)}
    >
      <svg width={width} height={height} aria-hidden="true">
        {ticks.map((tick) => (
          <g key={tick}>
            <line class="tick" x1={x(tick)} x2={x(tick)} y1={0} y2={height - AXIS_HEIGHT} />
            <text
              class="tick-text"
              x={x(tick)}
              y={height - 9}
              text-anchor={x(tick) > width - 30 ? 'end' : 'middle'}
            >
              {tickText(tick, range, zone)}
            </text>
          </g>
        ))}
        {lanes.map((lane, index) => (
          <LaneRow
            key={lane.name}
            lane={lane}
            top={index * LANE_HEIGHT}
            height={LANE_HEIGHT}
            x={x}
            labels={labels}
            width={width}
          />
        ))}
        {drag !== null && (
          <rect
            class="drag"
            x={Math.min(x(drag.from), x(drag.to))}
            y={0}
            width={Math.abs(x(drag.to) - x(drag.from))}
            height={height - AXIS_HEIGHT}
          />
        )}
        {at !== null && at >= range.from && at <= range.to && (
          <g>
            <line class="moment" x1={x(at)} x2={x(at)} y1={0} y2={height - AXIS_HEIGHT + 4} />
            <circle class="moment-head" cx={x(at)} cy={height - AXIS_HEIGHT + 4} r={4} />
          </g>
        )}
      </svg>
    </div>
  );
}
