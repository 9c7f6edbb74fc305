export type { StoreOptions } from './address.ts';
export { openWritableStore } from './open.ts';
export type { ListedObject, ObjectStat, ObjectStore, SmallObject, WritableStore } from './store.ts';
