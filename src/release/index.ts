export { estimate } from './estimate.ts';
export {
  type InstanceLayout,
  parseReleaseName,
  type ServiceLayout,
  serviceLayout,
} from './layout.ts';
export type { Limits } from './limits.ts';
export { prunable, type RetainedRelease } from './retention.ts';
export { checkSpace } from './space.ts';
export { copyTree, removeTree, sweep, syncTree } from './tree-files.ts';
export { type UnpackOptions, unpack } from './unpack.ts';
