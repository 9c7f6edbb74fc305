import { SlipwayError } from '../../kernel/index.ts';

/** What is read piece by piece must be one object. */
export function replaced(where: string): SlipwayError {
  return new SlipwayError('archive_replaced', {
    message: `${where} was replaced or taken away while it was read`,
    hint: 'what was read of it is thrown away; the next attempt reads what is there now',
  });
}

/** Somebody else wrote meanwhile. */
export function conflict(where: string): SlipwayError {
  return new SlipwayError('publish_conflict', {
    message: `${where} was written by somebody else meanwhile`,
    hint: 'it was left as it is',
  });
}
