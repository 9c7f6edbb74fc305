export type {
  AccessRows,
  InvitationRow,
  PasskeyRow,
  SessionRow,
  TokenRow,
  UserRow,
} from './access-rows.ts';
export type { AuditQuery, AuditRow } from './audit-rows.ts';
export { changeCopy, copyDatabase } from './copy.ts';
export type { InstanceVersion, NumberedRun, Span } from './history-rows.ts';
export { Journal } from './journal.ts';
export { JOURNAL_VERSION, journalVersion, keepJournal, putJournalBack, refusalOfJournal } from './kept.ts';
export type { KnownSecretRow } from './known-secret-rows.ts';
export { lockDataDirectory } from './lock.ts';
export type { OldTable } from './old-rows.ts';
export type {
  AppKey,
  AppRow,
  DeploymentKind,
  DeploymentRow,
  DeploymentState,
  EventRow,
  GhostRow,
  InstanceRow,
  RecordedOffer,
  ReleaseRow,
  ReleaseState,
  RunRow,
  SecretRow,
  StepRow,
  StepState,
} from './rows.ts';
export { HASH_UNKNOWN } from './rows.ts';
export type { Damage } from './stand-in.ts';
export type { Tables } from './tables.ts';
