export { type Client, createClient } from './client.ts';
export { createFeed, type Feed } from './feed.ts';
export type { FeedState } from './feed-state.ts';
export { fetchOpenApi } from './open-api.ts';
export { asProblem, Problem, problemOf } from './problem.ts';
export { eventIdOf } from './stream.ts';
