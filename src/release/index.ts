export { syncTrees } from './durable-tree.ts';
export { placeEnv } from './env-file.ts';
export { estimate } from './estimate.ts';
export { addFormerAssets } from './former-assets.ts';
export { giveTree } from './give-tree.ts';
export {
  type InstanceLayout,
  parseReleaseName,
  type ReleaseDirectories,
  type ServiceLayout,
  type SiteLayout,
  serviceLayout,
  shortVersion,
  siteLayout,
} from './layout.ts';
export { defaultLimits, type Limits } from './limits.ts';
export type { Modes, Owner } from './permission-rule.ts';
export { setPermissions } from './permissions.ts';
export { prunable, type RetainedRelease, type RetentionOptions } from './retention.ts';
export { linkShared } from './shared-links.ts';
export { makeSiteDirectories } from './site-directories.ts';
export { availableSpace, checkSpace } from './space.ts';
export { switchCurrent } from './switch.ts';
export { copyTree, madeApart, removeTree, sweep, takeAway } from './tree-files.ts';
export { type UnpackOptions, unpack } from './unpack.ts';
export { namedAfter, type Wrapping } from './wrapper.ts';
