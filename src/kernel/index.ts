export { formatDuration, formatSize, parseDuration, parseSize } from '../wording/index.ts';
export { onAbort } from './abort.ts';
export { commandLine, splitCommand } from './argv.ts';
export { type Clock, nextTick, sleep, systemClock } from './clock.ts';
export {
  directorySynced,
  readLink,
  removeFileDurable,
  replaceLink,
  switchLink,
  syncDirectory,
  writeFileDurable,
} from './durable.ts';
export { type ErrorCode, errorCodes } from './error-codes.ts';
export {
  type ErrorDetails,
  errnoOf,
  isDiskFull,
  messageOf,
  partReason,
  reasonOf,
  SlipwayError,
  withMend,
} from './errors.ts';
export { Event } from './events.ts';
export { FolderWatch, isExhausted, tellUnwatched, tellWatched, watchTrouble } from './folder-watch.ts';
export { KEPT_LINES, type LeftOut, leftOutLine, leftOutOf } from './left-out.ts';
export { openUnixDatagram, peerOf, type UnixDatagram, unconfirmedBytes } from './libc.ts';
export { isLoopback } from './loopback.ts';
export { madeOnce } from './made-once.ts';
export { isVersion, lastingFolder, NAME_PATTERN, nearest, uniqueName, VERSION_PATTERN } from './names.ts';
export { compilePattern, type Pattern } from './pattern.ts';
export { closing, nameOf, O_PATH, pathOf } from './place.ts';
export { readPlainFile } from './plain-file.ts';
export { redact, registerSecret, SecretMask } from './redaction.ts';
export { safeJson, safeText, visible } from './safe-text.ts';
export { parseSecretReference, type SecretReference } from './secret-reference.ts';
export { isSecretName } from './secret-syntax.ts';
export { withSpareDescriptor } from './spare-descriptor.ts';
export { runTool } from './tool.ts';
export { Turns } from './turns.ts';
export { onUnawaitedFailure, unawaited } from './unawaited.ts';
export { variableLine } from './variable-line.ts';
export { until, withDeadline } from './waiting.ts';
export {
  type Owners,
  openOwned,
  openOwnedDirectory,
  openOwnedSoon,
  refuseOthers,
  refuseStrangers,
} from './way.ts';
