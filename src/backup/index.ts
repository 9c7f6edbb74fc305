export { finishRestore, finishRestoreOf } from './intention.ts';
export { type MadeBackup, makeBackup } from './make.ts';
export type { Manifest, Role } from './manifest.ts';
export { type Restored, restoreBackup, restoreCommand } from './restore.ts';
