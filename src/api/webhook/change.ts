import type { Json } from './payload.ts';
import { WebhookRefusal } from './refusal.ts';
import type { Told } from './scheme.ts';

const REF_MAX_LENGTH = 255;

/** The push of one ref in the form that GitHub, Gitea and GitLab share: `after` is all zeros where it was deleted. */
export function pushOf({ ref, after, deleted }: Json): Told {
  if (deleted === true || (typeof after === 'string' && /^0+$/.test(after))) return changed([]);
  return changed([refOf(ref)]);
}

/** A push as the refs that are there after it; others than branches and tags, such as notes, do not count. */
export function changed(refs: string[]): Told {
  const counted = refs.filter((ref) => /^refs\/(heads|tags)\/./.test(ref));
  if (counted.length === 0) return { kind: 'ignored', reason: 'no branch or tag has a new commit' };
  return { kind: 'push', ref: counted.length === 1 ? (counted[0] as string) : null };
}

export function refOf(ref: unknown): string {
  if (typeof ref === 'string' && ref.length <= REF_MAX_LENGTH && /^[^\s\p{Cc}-][^\s\p{Cc}]*$/u.test(ref))
    return ref;
  throw new WebhookRefusal(400, 'the payload names no branch or tag');
}

/** An event that nothing follows from. Its name is the sender's choice. */
export function ignored(event: string | undefined): Told {
  const name = event !== undefined && /^[\w:. -]{1,60}$/.test(event) ? ` "${event}"` : '';
  return { kind: 'ignored', reason: `the event${name} is not a push` };
}
