export { type Address, type Credentials, parseAddress } from './address.ts';
export { Git } from './client.ts';
export { fetchCommitTree } from './commit-tree.ts';
export { sightOfMissing } from './failure.ts';
export { fetchedCommit } from './fetched-commit.ts';
export { Mirror } from './mirror.ts';
export {
  type FoundRef,
  followed,
  isCommit,
  isOlderTag,
  named,
  type Refs,
  RefsReader,
  refUnknown,
} from './refs.ts';
