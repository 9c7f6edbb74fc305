/** `since`: the reader's clock, in milliseconds. `ended`: the session is over, and nothing is tried until `retry`. */
export type FeedState =
  | { is: 'connecting' }
  | { is: 'live' }
  | { is: 'down'; since: number; reason: string }
  | { is: 'ended' };
