export { finishRestore } from './intention.ts';
export { type MadeBackup, makeBackup } from './make.ts';
export type { Manifest, Role } from './manifest.ts';
export { type Restored, restoreBackup } from './restore.ts';
