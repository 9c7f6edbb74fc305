export { bucket } from './bucket.ts';
export {
  archiveFolderKey,
  archiveNames,
  currentKey,
  currentPrefix,
  isCurrentKey,
  signatureOf,
  versionOfArchive,
} from './bucket-layout.ts';
export type { Containment } from './containment.ts';
export { CURRENT_JSON_MAX_BYTES, parseCurrentJson } from './current-json.ts';
export { isOlderTag } from './git/index.ts';
export { git } from './git.ts';
export type { Believed, Signing } from './signing.ts';
export {
  type ArchiveIdentity,
  archiveOffer,
  type CheckOutOptions,
  type Fetched,
  type FetchedArchive,
  type FetchedCommit,
  type Offer,
  type Source,
  type SourceCondition,
} from './source.ts';
export {
  type ListedObject,
  type ObjectStat,
  type ObjectStore,
  openStore,
  openWritableStore,
  type SmallObject,
  type StoreOptions,
  type WritableStore,
} from './store/index.ts';
export { upload } from './upload.ts';
