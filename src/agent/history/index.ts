export { HistoryBound } from './bound.ts';
export { presentRun } from './present-run.ts';
export { stepMedians } from './step-medians.ts';
export { type TimelinePage, timeline } from './timeline.ts';
