export { type Clock, nextTick, sleep, systemClock } from './clock.ts';
export { readLink, removeFileDurable, switchLink, syncDirectory, writeFileDurable } from './durable.ts';
export { type ErrorCode, errorCodes } from './error-codes.ts';
export { type ErrorDetails, errnoOf, isDiskFull, messageOf, SlipwayError } from './errors.ts';
export { Event } from './events.ts';
export { KEPT_LINES, leftOutLine, leftOutOf } from './left-out.ts';
export { isVersion, NAME_PATTERN, nearest, uniqueName, VERSION_PATTERN } from './names.ts';
export { isSecretName, redact, registerSecret } from './redaction.ts';
export { formatDuration, formatSize, parseDuration, parseSize } from './units.ts';
