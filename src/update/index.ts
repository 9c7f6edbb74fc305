export { type AnsweringAgent, type AskAgent } from './answer.ts';
export { unpackArchive } from './archive.ts';
export { checkVersion, type Prospect } from './checks.ts';
export { download } from './download.ts';
export { Installation } from './installation.ts';
export type { InstanceOver } from './instances.ts';
export { lockUpdates } from './lock.ts';
export { readRecord } from './record.ts';
export { resume, type UpdateContext, type Updated, update } from './update.ts';
