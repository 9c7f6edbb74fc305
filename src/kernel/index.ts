export { type Clock, sleep, systemClock } from './clock.ts';
export { readLink, switchLink, syncDirectory, writeFileDurable } from './durable.ts';
export { type ErrorCode, errorCodes } from './error-codes.ts';
export { type ErrorDetails, SlipwayError, errnoOf, isDiskFull, messageOf } from './errors.ts';
export { Event } from './events.ts';
export { NAME_PATTERN, VERSION_PATTERN, isVersion, nearest, uniqueName } from './names.ts';
export { isSecretName, redact, registerSecret } from './redaction.ts';
export { formatDuration, formatSize, parseDuration, parseSize } from './units.ts';
