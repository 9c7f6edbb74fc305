import type { DeploymentWithSteps } from '../../api/pages/index.ts';

type Step = DeploymentWithSteps['steps'][number];

/** A step's part of the axis, in percent. `medianWidth`: how far it would reach if it took as long as it mostly does. */
export interface Bar {
  left: number;
  width: number;
  medianWidth: number | null;
  medianMs: number | null;
  lastedMs: number;
}

export interface TimeAxis {
  lengthMs: number;
  /** One for each step; null where it has not begun. */
  bars: readonly (Bar | null)[];
  /** Moments with a mark, whole and few, in milliseconds. */
  marks: readonly number[];
}

interface Median {
  name: string;
  instance: string | null;
  median_ms: number;
}

/** Thinner than this a bar cannot be seen. */
const LEAST_WIDTH = 0.4;

/**
 * Places the steps on the time that the deployment took. `nowMs`: the reader's clock, for a step that goes on; null where
 * none does.
 */
export function barsOf(
  { steps }: Pick<DeploymentWithSteps, 'steps'>,
  { medians, nowMs }: { medians: readonly Median[]; nowMs: number | null },
): TimeAxis {
  const begun = steps.filter((step) => step.started_at !== null);
  const startMs = Math.min(...begun.map(startOf));
  const endMs = Math.max(...begun.map((step) => startOf(step) + lasted(step, nowMs)));
  const lengthMs = begun.length === 0 ? 0 : Math.max(endMs - startMs, 1);
  const percent = (ms: number) => (ms / lengthMs) * 100;
  return {
    lengthMs,
    marks: marksOf(lengthMs),
    bars: steps.map((step) => {
      if (step.started_at === null) return null;
      const left = Math.min(percent(startOf(step) - startMs), 100 - LEAST_WIDTH);
      const lastedMs = lasted(step, nowMs);
      const medianMs = medianOf(step, medians);
      return {
        left,
        width: Math.max(percent(lastedMs), LEAST_WIDTH),
        medianWidth: medianMs === null ? null : Math.min(percent(medianMs), 100 - left),
        medianMs,
        lastedMs,
      };
    }),
  };
}

function startOf({ started_at }: Step): number {
  return Date.parse(started_at ?? '');
}

function lasted(step: Step, nowMs: number | null): number {
  if (step.state === 'running' && nowMs !== null)
    return Math.max(nowMs - startOf(step), step.duration_ms ?? 0);
  return step.duration_ms ?? 0;
}

/** Of the same instance, or of any: a new instance has no history of its own. */
function medianOf({ name, instance }: Step, medians: readonly Median[]): number | null {
  const ofName = medians.filter((each) => each.name === name);
  const found = ofName.find((each) => each.instance === instance) ?? ofName[0];
  return found?.median_ms ?? null;
}

/** Four or five whole moments. */
function marksOf(lengthMs: number): number[] {
  const steps = [
    100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
    3_600_000,
  ];
  const step = steps.find((each) => lengthMs / each <= 5) ?? lengthMs / 5;
  return lengthMs === 0
    ? []
    : Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, index) => index * step);
}
