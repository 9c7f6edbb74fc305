export type { LogRing } from './log-ring.ts';
export {
  createLogs,
  type LogColumn,
  type LogsModel,
  markerOf,
  withoutColours,
} from './logs.ts';
export { addMarkers } from './markers.ts';
export type { LogsQuery } from './query.ts';
export type { ShownLine } from './shown-line.ts';
export { isAtEnd, ROW_HEIGHT, viewportOf } from './viewport.ts';
