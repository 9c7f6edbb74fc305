export { parseAddress, type StoreOptions } from './address.ts';
export { openStore, openWritableStore } from './open.ts';
export {
  bytesOf,
  type ListedObject,
  type ObjectStat,
  type ObjectStore,
  type SmallObject,
  type WritableStore,
} from './store.ts';
