import { SlipwayError } from '../kernel/index.ts';

/** What cannot be published as it is. */
export function refused(message: string, more: { hint?: string; next?: string } = {}): SlipwayError {
  const { hint = 'nothing was published', ...next } = more;
  return new SlipwayError('publish_refused', { message, hint, ...next });
}
