export { type BuiltRelease, findBuilt } from './built-release.ts';
export { type Candidate, openArchive } from './candidate.ts';
export type { Progress, Published, PublishOptions } from './options.ts';
export { packFolder } from './pack.ts';
export { publish } from './publish.ts';
export { openScratch } from './scratch.ts';
export { readSigningKey } from './signing-key.ts';
