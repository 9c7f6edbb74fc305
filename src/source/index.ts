export { bucket } from './bucket.ts';
export type { ArchiveIdentity, FetchedArchive, Offer, Source, SourceCondition } from './source.ts';
