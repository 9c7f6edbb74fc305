import 'uplot/dist/uPlot.min.css';
import UPlot from 'uplot';

export interface Curve {
  name: string;
  /** Number of a colour, as `.hue-0` has it. */
  hue: number;
}

export interface DrawnChart {
  update(data: readonly (readonly (number | null)[])[]): void;
  close(): void;
}

const HEIGHT = 150;
/** A curve that has just begun is not spread over the whole width. */
const SHORTEST_S = 60;

export type ChartUnit = 'bytes' | 'count' | 'percent';

/** Round steps of an axis: powers of 2 for bytes, and no half of what is counted. */
const STEPS: Record<ChartUnit, number[]> = {
  bytes: Array.from({ length: 46 }, (_, power) => 2 ** power),
  count: decimal(0),
  percent: decimal(-1),
};

function decimal(first: number): number[] {
  return Array.from({ length: 16 }, (_, power) =>
    [1, 2, 5].map((each) => each * 10 ** (first + power)),
  ).flat();
}

/** Draws curves over time; the first list of the data are the times, in seconds. */
export function drawChart(
  place: HTMLElement,
  {
    curves,
    unit,
    format,
    zone,
  }: {
    curves: readonly Curve[];
    unit: ChartUnit;
    format: (value: number) => string;
    zone: 'local' | 'utc';
  },
): DrawnChart {
  const line = colourOf(place, 'chart-line');
  const text = colourOf(place, 'muted');
  const axis = {
    stroke: text,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
    font: '11px system-ui',
  };
  const chart = new UPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, points: { size: 6 } },
      scales: {
        x: { range: timesShown },
        y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] },
      },
      axes: [
        { ...axis, space: 90, size: 28, values: (_, ticks) => ticks.map((tick) => timeText(tick, zone)) },
        { ...axis, size: 64, incrs: STEPS[unit], values: (_, ticks) => ticks.map(format) },
      ],
      series: [
        {},
        ...curves.map(({ name, hue }) => ({
          label: name,
          stroke: colourOf(place, `hue-${hue}`),
          width: 1.75,
          // One value alone makes no line.
          points: { show: (of: UPlot) => of.data[0].length < 2, size: 5 },
          spanGaps: false,
        })),
      ],
    },
    [[], ...curves.map(() => [])],
    place,
  );
  const observer = new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: HEIGHT }));
  observer.observe(place);
  return {
    update: (data) => chart.setData(data as UPlot.AlignedData),
    close() {
      observer.disconnect();
      chart.destroy();
    },
  };
}

/** Of one time alone uPlot would show the day that follows it. */
function timesShown({ data: [times] }: UPlot, least: number, most: number): [number, number] {
  const end = times.length === 1 ? least : most;
  return [Math.min(least, end - SHORTEST_S), end];
}

function timeText(seconds: number, zone: 'local' | 'utc'): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', {
    hourCycle: 'h23',
    ...(zone === 'utc' && { timeZone: 'UTC' }),
  });
}

/** A canvas knows no custom properties: the colour is that of something of the class. */
function colourOf(place: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.className = name;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
