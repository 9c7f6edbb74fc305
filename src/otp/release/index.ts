export { bootsFromCopy } from './boot-configuration.ts';
export { type ApplicationChange, type Comparison, compareReleases, type HotWay } from './compare.ts';
export { HotUpgradeError, type HotUpgradeOutcome } from './failure.ts';
export { type HotState, hotState } from './handler.ts';
export { findLingering, type Lingering } from './lingering.ts';
export { OLDEST_OTP, otpOf, readRel } from './rel.ts';
export { writeReleasesFile } from './releases-file.ts';
export { type HotStep, type HotUpgradeOptions, hotUpgrade, type Purge } from './upgrade.ts';
