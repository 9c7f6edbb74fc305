import type { SlipwayError } from '../../kernel/index.ts';
import { bucketTrouble } from './trouble.ts';

/** What is read piece by piece must be one object. `next`: the command that shows what is there. */
export function replaced(where: string, next: string): SlipwayError {
  return bucketTrouble('archive_replaced', {
    message: `${where} was replaced or taken away while it was read`,
    hint: 'what was read of it is thrown away; the next attempt reads what is there now',
    next,
  });
}

/** Somebody else wrote meanwhile. */
export function conflict(where: string, next: string): SlipwayError {
  return bucketTrouble('publish_conflict', {
    message: `${where} was written by somebody else meanwhile`,
    hint: 'it was left as it is',
    next,
  });
}
