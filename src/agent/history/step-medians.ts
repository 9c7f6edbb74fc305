import type { StepMedian } from '../../api/index.ts';
import type { AppKey, DeploymentKind, Journal } from '../../journal/index.ts';

const DEPLOYMENTS = 10;

/** Of the last ten deployments of a kind that have succeeded, in the order in which the last of them had its steps. */
export function stepMedians(
  { tables }: Journal,
  { key, id, kind }: { key: AppKey; id: string; kind: DeploymentKind | null },
): StepMedian[] {
  const last = tables.deployments(key, 200).find(({ state }) => state === 'succeeded');
  const meant = kind ?? last?.kind;
  if (meant === undefined) return [];
  const times = tables.history.stepTimes(key, { kind: meant, last: DEPLOYMENTS });
  const steps = Map.groupBy(times, ({ name, argument, unit }) => JSON.stringify([name, argument, unit]));
  return [...steps.values()].flatMap((taken) => {
    const [first] = taken;
    if (!first) return [];
    const { name, argument, unit } = first;
    return {
      name: argument === null ? name : `${name}: ${argument}`,
      instance: unit === null ? null : `${id}/${unit}`,
      median_ms: median(taken.map(({ ms }) => Math.max(0, ms))),
      count: taken.length,
    };
  });
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = 0, high = 0] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
