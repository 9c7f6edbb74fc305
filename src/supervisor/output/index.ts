export { punchHole } from './cut.ts';
export { type LogFiles, logFiles, openLog, openLogs } from './files.ts';
export { type LastLinesOptions, lastLines } from './last-lines.ts';
export { type LogSpan, logSpan } from './log-span.ts';
export { ownStderr } from './own-stderr.ts';
export { type Middle, readAround } from './read-around.ts';
export { type LogLine, type LogSource, type ReadOptions, readLogs } from './read-logs.ts';
export { RotationSchedule, type ScheduleOptions } from './rotation-schedule.ts';
export type { RotationLimits } from './watched-log.ts';
