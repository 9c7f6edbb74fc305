export type { Place } from './disks.ts';
export { Machine } from './machine.ts';
