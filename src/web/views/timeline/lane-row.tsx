import { versionText } from '../../../wording/index.ts';
import { exactTime } from '../../components/index.ts';
import { useSlipway } from '../../context/index.ts';
import type { Lane, Mark, Stretch } from '../../models/timeline/index.ts';

interface LaneRowProps {
  lane: Lane;
  top: number;
  height: number;
  x: (moment: number) => number;
  labels: number;
  width: number;
}

const HUES = 6;
const BAR = 14;
const CHARACTER = 6.6;

export function LaneRow({ lane, top, height, x, labels, width }: LaneRowProps) {
  const middle = top + height / 2;
  const { name, kind, stretches, marks } = lane;
  const most = Math.floor((labels - 14) / CHARACTER);
  return (
    <g class={`lane is-${kind}`}>
      {kind !== 'instance' && <rect class="lane-ground" x={0} y={top} width={width} height={height} />}
      <text class="lane-name" x={kind === 'instance' ? 16 : 10} y={middle + 4}>
        {labelOf(name, most)}
      </text>
      {stretches.map((stretch) => (
        <Bar key={stretch.from} stretch={stretch} kind={kind} middle={middle} x={x} />
      ))}
      {marks.map((mark) => (
        <Sign key={`${mark.at} ${mark.entry.text}`} mark={mark} middle={middle} x={x} />
      ))}
    </g>
  );
}

/** Where there is little room: it is below the lane of its app, and its number tells it from its neighbours. */
function labelOf(name: string, most: number): string {
  const shown = name.length > most ? name.slice(name.indexOf('/') + 1) : name;
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown;
}

function Bar(props: { stretch: Stretch; kind: Lane['kind']; middle: number; x: (moment: number) => number }) {
  const { stretch, kind, middle, x } = props;
  const { from, to, release, text, isBad } = stretch;
  const [left, right] = [x(from), x(to)];
  const width = Math.max(kind === 'app' ? 6 : 2, right - left - 1);
  const look = kind === 'app' ? (isBad ? 'is-bad' : 'is-deployment') : `release-${hueOf(release ?? '')}`;
  const name = release === null ? '' : versionText(release);
  const fits = name !== '' && width > name.length * CHARACTER + 10;
  return (
    <g class="stretch">
      <title>{text}</title>
      <rect class={`bar ${look}`} x={left} y={middle - BAR / 2} width={width} height={BAR} rx={3} />
      {fits && (
        <text class={`bar-text ${look}`} x={left + 6} y={middle + 4}>
          {name}
        </text>
      )}
    </g>
  );
}

/** A cross for what went wrong, a diamond for what a person did, a dot for all else. */
function Sign({ mark, middle, x }: { mark: Mark; middle: number; x: (moment: number) => number }) {
  const { preferences } = useSlipway();
  const { at, entry } = mark;
  const place = x(at);
  const title = `${exactTime(entry.at, preferences.zone.value)} ${entry.text}`;
  return (
    <g
      class={`sign ${entry.is_bad ? 'is-bad' : ''} is-${entry.kind}`}
      transform={`translate(${place} ${middle})`}
    >
      <title>{title}</title>
      <circle class="sign-ground" r={7} />
      {entry.is_bad ? (
        <path d="M-3.5-3.5l7 7M3.5-3.5l-7 7" />
      ) : entry.kind === 'action' ? (
        <path d="M0-4.5L4.5 0 0 4.5-4.5 0z" />
      ) : (
        <circle r={2.8} />
      )}
    </g>
  );
}

/** Releases that follow on each other differ. */
function hueOf(release: string): number {
  let sum = 0;
  for (const character of release) sum = (sum * 31 + character.charCodeAt(0)) % 9973;
  return sum % HUES;
}
