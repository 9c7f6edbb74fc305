export { moved, ticksOf, tickText, zoomed } from './axis.ts';
export type { Lane, Mark, Range, Stretch } from './lanes.ts';
export { createTimeline, type TimelineModel } from './timeline.ts';
