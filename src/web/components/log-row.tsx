import { useSlipway } from '../context/index.ts';
import type { ShownLine } from '../models/logs/index.ts';
import { Ansi } from './ansi.tsx';
import { exactTime } from './time.tsx';

interface LogRowProps {
  row: ShownLine;
  showInstance: boolean;
  isSelected: boolean;
  onSelect: (row: ShownLine) => void;
  highlight: string;
}

export function LogRow({ row, showInstance, isSelected, onSelect, highlight }: LogRowProps) {
  const { preferences } = useSlipway();
  const { kind, stream, tone, at, instance } = row;
  const text = kind === 'line' && instance === null ? withoutTime(row.text) : row.text;
  const classes = ['log-row', `is-${kind}`, stream === 'stderr' && 'is-stderr', isSelected && 'is-selected'];
  return (
    <div
      class={`${classes.filter(Boolean).join(' ')} ${tone === null ? '' : `tone-${tone}`}`}
      onClick={() => onSelect(row)}
    >
      <span class="log-time">{at === null ? '' : timeOfDay(at, preferences.zone.value)}</span>
      {showInstance && instance !== null && !(kind === 'marker' && text.startsWith(instance)) && (
        <span class={`log-instance hue-${hueOf(instance)}`}>{instance}</span>
      )}
      <span class="log-text">
        {kind === 'line' ? (
          highlight === '' ? (
            <Ansi text={text} />
          ) : (
            <Marked text={text} word={highlight} />
          )
        ) : (
          text
        )}
      </span>
    </div>
  );
}

/** The agent's own lines begin with their time, which stands beside them already. */
function withoutTime(text: string): string {
  return text.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, '');
}

/** Where the word stands, without colours: what was searched for is what one looks for. */
function Marked({ text, word }: { text: string; word: string }) {
  const at = text.toLowerCase().indexOf(word.toLowerCase());
  if (at === -1 || text.includes('\x1b')) return <Ansi text={text} />;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + word.length)}</mark>
      {text.slice(at + word.length)}
    </>
  );
}

/** `03:12:07.250` */
function timeOfDay(at: number, zone: 'local' | 'utc'): string {
  const iso = new Date(at).toISOString();
  const [, time = ''] = exactTime(iso, zone).split(' ');
  return `${time}${iso.slice('2026-11-30T03:12:07'.length, '2026-11-30T03:12:07.250'.length)}`;
}

const HUES = 6;

/** Instances are told apart by their names; colours help. */
function hueOf(instance: string): number {
  let sum = 0;
  for (const character of instance) sum = (sum * 31 + character.charCodeAt(0)) % 997;
  return sum % HUES;
}
