export { type FollowOptions, follow, startAndFollow } from './follow.ts';
