/** What the command line and the pages say alike. Nothing here needs Node. */
export { commandAndNote, commandLine, type DeployWords, deployCommand } from './command.ts';
export { deploymentTone, stateWord, type Tone, toneOf } from './state.ts';
export { isTolerated, stepName } from './step.ts';
export { age, ago, inTime, localTime, took, wholeSeconds } from './time.ts';
export { figureText } from './traffic.ts';
export { formatDuration, formatSize, parseDuration, parseSize } from './units.ts';
export { versionText, withShortCommits } from './version.ts';
