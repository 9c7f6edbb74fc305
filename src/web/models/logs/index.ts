export type { LogRing } from './log-ring.ts';
export {
  createLogs,
  type LogColumn,
  type LogsModel,
  type LogsQuery,
  markerOf,
  withoutColours,
} from './logs.ts';
export { addMarkers } from './markers.ts';
export type { ShownLine } from './shown-line.ts';
export { isAtEnd, ROW_HEIGHT, viewportOf } from './viewport.ts';
