export { type FollowOptions, follow, startAndFollow } from './follow.ts';
export { TransferLine } from './transfer.ts';
