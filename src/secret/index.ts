export { openStore } from './open.ts';
export { type Outcome, readAll } from './read-all.ts';
export type { Store, StoreOptions } from './store.ts';
export { valueOf } from './value.ts';
