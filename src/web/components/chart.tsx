import { useEffect, useRef, useState } from 'preact/hooks';
import { useSlipway } from '../context/index.ts';
import { type Series, summaryOf } from '../models/instance/index.ts';
import type { ChartUnit, Curve, DrawnChart } from './chart-canvas.ts';

interface ChartProps {
  title: string;
  /** `key`: its name in the series. */
  curves: readonly (Curve & { key: string })[];
  series: Series;
  unit: ChartUnit;
  format: (value: number) => string;
}

/** Curves over the last minutes, and the same in words. What draws them is loaded with the first one. */
export function Chart({ title, curves, series, unit, format }: ChartProps) {
  const { preferences } = useSlipway();
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<DrawnChart | null>(null);
  const theme = preferences.theme.value;
  const zone = preferences.zone.value;
  const isDark = useDarkSystem();
  const data = [series.times, ...curves.map(({ key }) => series.values[key] ?? series.times.map(() => null))];
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    let gone = false;
    void import('./chart-canvas.ts').then(({ drawChart }) => {
      if (gone || place.current === null) return;
      drawn.current = drawChart(place.current, { curves, unit, format, zone });
      drawn.current.update(latest.current);
    });
    return () => {
      gone = true;
      drawn.current?.close();
      drawn.current = null;
    };
  }, [theme, zone, isDark]);
  useEffect(() => drawn.current?.update(data), [series]);
  return (
    <figure class="panel chart">
      <figcaption>
        <h3>{title}</h3>
        <ul class="chart-legend">
          {curves.map(({ key, name, hue }) => {
            const summary = summaryOf(series.values[key] ?? []);
            return (
              <li key={key}>
                <span class={`chart-swatch hue-${hue}`} aria-hidden="true" />
                <span class="muted">{name}</span>{' '}
                <span class="number">{summary === null ? '–' : format(summary.now)}</span>
                {summary !== null && (
                  <span class="off-screen">
                    , in the last minutes between {format(summary.least)} and {format(summary.most)}
                  </span>
                )}
              </li>
            );
          })}
        </ul>
      </figcaption>
      <div ref={place} class="chart-place" aria-hidden="true" />
    </figure>
  );
}

/** A canvas keeps the colours that it was drawn in. */
function useDarkSystem(): boolean {
  const [system] = useState(() => matchMedia('(prefers-color-scheme: dark)'));
  const [isDark, setDark] = useState(system.matches);
  useEffect(() => {
    const look = () => setDark(system.matches);
    system.addEventListener('change', look);
    return () => system.removeEventListener('change', look);
  }, []);
  return isDark;
}
