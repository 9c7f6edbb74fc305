import { useEffect, useRef, useState } from 'preact/hooks';
import {
  isAtEnd,
  type LogColumn,
  type LogsModel,
  ROW_HEIGHT,
  type ShownLine,
  viewportOf,
} from '../models/logs/index.ts';
import { Icon } from './icon.tsx';
import { LogRow } from './log-row.tsx';

interface LogWindowProps {
  model: LogsModel;
  column: LogColumn;
  label: string;
  showInstance: boolean;
  /** Key of the row that is looked at. */
  selected: number | null;
  onSelect: (row: ShownLine) => void;
  highlight?: string;
}

/**
 * The rows of a log, of which only those on the screen are in the document. It follows the end until the reader scrolls
 * up, and stays where he looks while old rows are given up above, or older ones are put there.
 */
export function LogWindow(props: LogWindowProps) {
  const { model, column, label, showInstance, selected, onSelect, highlight = '' } = props;
  const { ring } = column;
  const place = useRef<HTMLDivElement>(null);
  const dropped = useRef(ring.dropped);
  const former = useRef(0);
  const [scrollTop, setScrollTop] = useState(0);
  const [clientHeight, setClientHeight] = useState(600);
  const version = model.version.value;
  const following = model.following.value;

  useEffect(() => {
    const { current } = place;
    if (current === null) return;
    const look = () => setClientHeight(current.clientHeight);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(current);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const { current } = place;
    if (current === null) return;
    if (following) current.scrollTop = current.scrollHeight;
    else if (ring.dropped !== dropped.current)
      current.scrollTop -= (ring.dropped - dropped.current) * ROW_HEIGHT;
    dropped.current = ring.dropped;
    setScrollTop(current.scrollTop);
  }, [version, following, clientHeight]);

  useEffect(() => {
    const { current } = place;
    const index = selected === null ? -1 : ring.findIndex(({ key }) => key === selected);
    if (current === null || index === -1) return;
    const top = index * ROW_HEIGHT;
    if (top < current.scrollTop || top + ROW_HEIGHT > current.scrollTop + current.clientHeight)
      current.scrollTop = Math.max(0, top - current.clientHeight / 2);
  }, [selected]);

  const pause = () => {
    const { current } = place;
    if (current !== null && current.scrollTop > 0) model.following.value = false;
  };
  const onScroll = () => {
    const { current } = place;
    if (current === null) return;
    const moved = current.scrollTop - former.current;
    former.current = current.scrollTop;
    setScrollTop(current.scrollTop);
    const atEnd = isAtEnd({
      scrollTop: current.scrollTop,
      clientHeight: current.clientHeight,
      rows: ring.length,
    });
    if (moved < 0 && !atEnd) model.following.value = false;
    else if (moved > 0 && atEnd && model.state.value === 'live') model.following.value = true;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'PageUp' || event.key === 'Home') {
      if (isAtTop) void model.earlier(column);
      pause();
    }
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = selected === null ? -1 : ring.findIndex(({ key }) => key === selected);
    const next = ring.at(at === -1 ? Math.floor(scrollTop / ROW_HEIGHT) : at + step);
    if (next === undefined && step < 0) void model.earlier(column);
    if (next === undefined) return;
    event.preventDefault();
    onSelect(next);
  };

  const isAtTop = scrollTop < ROW_HEIGHT;
  const hasEarlier = ring.before !== null && ring.hasRoom;
  const shown = viewportOf({ scrollTop, clientHeight, rows: ring.length });
  return (
    <div class="log-column">
      {column.instance !== null && <div class="log-head">{column.instance}</div>}
      <div
        ref={place}
        class="log-window"
        role="region"
        aria-label={label}
        tabIndex={0}
        onScroll={onScroll}
        // At once: a browser scrolls by and by, and the next line would bring the end back before it has begun.
        onWheel={({ deltaY }) => {
          if (deltaY < 0) pause();
        }}
        onKeyDown={onKeyDown}
      >
        <div class="log-rows" style={{ height: `${shown.height}px` }}>
          <div class="log-shown" style={{ transform: `translateY(${shown.top}px)` }}>
            {ring.slice(shown.first, shown.last).map((row) => (
              <LogRow
                key={row.key}
                row={row}
                showInstance={showInstance}
                isSelected={row.key === selected}
                onSelect={onSelect}
                highlight={highlight}
              />
            ))}
          </div>
        </div>
      </div>
      {ring.length === 0 && ['live', 'complete'].includes(model.state.value) && (
        <p class="log-empty muted">Nothing was written.</p>
      )}
      {hasEarlier && isAtTop && (
        <button
          type="button"
          class="log-new log-earlier"
          disabled={model.reading.value}
          // It is gone once there are rows above, and the keys of the rows go on.
          onClick={() => {
            void model.earlier(column);
            place.current?.focus();
          }}
        >
          <Icon name="deploy" size={14} />
          Earlier lines
        </button>
      )}
      {!following && model.fresh.value > 0 && (
        <button
          type="button"
          class="log-new"
          onClick={() => {
            model.following.value = true;
          }}
        >
          <Icon name="deploy" size={14} />
          {model.fresh.value.toLocaleString('en')} new
        </button>
      )}
    </div>
  );
}
