import type { SiteConfiguration } from '../config/index.ts';

/**
 * The command with which something of a site is started. Where files have an owner, its user and the web server's share
 * them by a group (`storage` is setgid), so what either makes is to be writable for the group: a log that `artisan` began and
 * that PHP cannot go on with answers every visitor with 500. With `owner: keep` the umask stays what it is.
 */
export function groupWritable(
  { owner }: Pick<SiteConfiguration, 'owner'>,
  argv: readonly string[],
): readonly string[] {
  return owner === null ? argv : ['/bin/sh', '-c', 'umask 0002; exec "$@"', 'slipway-app', ...argv];
}
