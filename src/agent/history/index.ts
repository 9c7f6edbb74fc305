export { HistoryBound } from './bound.ts';
export { presentRun } from './present-run.ts';
export { stepMedians } from './step-medians.ts';
export { timeline } from './timeline.ts';
