import type { ProxyDescription } from './description.ts';

/**
 * How a HAProxy that runs gets from one description to the next: it is told of certificates whose content is another one, by
 * their files, none where they are the same; or by a reload, which loses no connection either, but splits the counters and
 * leaves a worker behind until its last request has ended.
 */
export function changeBetween(
  before: ProxyDescription,
  after: ProxyDescription,
): { certificates: string[] } | 'reload' {
  if (JSON.stringify(written(before)) !== JSON.stringify(written(after))) return 'reload';
  const changed = after.certificates.filter(
    ({ digest }, index) => digest !== before.certificates[index]?.digest,
  );
  return { certificates: changed.map(({ file }) => file) };
}

/** What is in the text of its configuration; the rest it can be told. */
function written({ certificates, ...others }: ProxyDescription) {
  return { ...others, certificates: certificates.map(({ file }) => file) };
}
