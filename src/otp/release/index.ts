export { type ApplicationChange, type Comparison, compareReleases, type HotWay } from './compare.ts';
export { HotUpgradeError, type HotUpgradeOutcome } from './failure.ts';
export { type HotState, hotState } from './handler.ts';
export { writeReleasesFile } from './releases-file.ts';
export { type HotStep, type HotUpgradeOptions, hotUpgrade } from './upgrade.ts';
