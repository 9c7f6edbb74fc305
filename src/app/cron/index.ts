export { Cron } from './cron.ts';
export { type CronPlace, type LiveRelease } from './place.ts';
export { loadNextTime, type NextTime, Times } from './times.ts';
