import { backendOf, type ProxyApp } from './description.ts';
import { FILES } from './folder.ts';
import { whole, word } from './text.ts';

/** A new release that gets a share of the requests of an app. */
export interface Share {
  app: string;
  /** Of the deployment: which side a visitor is on holds for that one alone. */
  deployment: number;
  /** Of all visitors, in percent. */
  percent: number;
  /** Instances with two processes. */
  instances: readonly { instance: string; trial: string; serving: string }[];
}

/** `rand` deals whole numbers below it. */
const ALL = 10_000;

/**
 * How the requests of an app are dealt while a canary runs. All that says whether one does and to whom is in a map, so nothing is
 * reloaded for it. The slots on trial are in no round, and get what is sent to them by name: the share of the new release is
 * right whatever the number of instances.
 */
export function canaryRules({ id, path, sticky }: ProxyApp): string[] {
  const backend = backendOf(id);
  const entry = (key: string) => `str(${backend}/${key}),map_str(${FILES.shares})`;
  // All values of a map are read the same way.
  const number = (key: string) => `${entry(key)},add(0)`;
  const named = (key: string, variable: string) =>
    `str(${backend}/${key}/),concat(,${variable}),map_str(${FILES.shares})`;
  const cookiePath = word('prefix', path.replace(/\/+$/, '') || '/').slice(1, -1);
  return [
    `    acl canary-runs ${entry('share')} -m found`,
    '    acl canary-asked req.hdr(slipway-canary) -m found',
    '    acl canary-asked req.cook(slipway-canary) -m found',
    '    acl canary-sided var(txn.canary_side) -m found',
    '    acl canary-new var(txn.canary_side) -m str new',
    '    acl canary-placed var(txn.canary_slot) -m found',
    '    acl canary-dealt var(txn.canary_mark) -m found',
    `    http-request set-var(txn.canary_new) ${entry('new')} if canary-runs`,
    `    http-request set-var(txn.canary_old) ${entry('old')} if canary-runs`,
    '    http-request set-var(txn.canary_side) str(new) if canary-runs canary-asked',
    '    http-request set-var(txn.canary_side) str(new) if canary-runs !canary-sided { req.cook(slipway-side),strcmp(txn.canary_new) eq 0 }',
    '    http-request set-var(txn.canary_side) str(old) if canary-runs !canary-sided { req.cook(slipway-side),strcmp(txn.canary_old) eq 0 }',
    // Who has not been here since it began.
    `    http-request set-var(txn.canary_share) ${number('share')} if canary-runs !canary-sided`,
    `    http-request set-var(txn.canary_mark) var(txn.canary_new) if canary-runs !canary-sided { rand(${ALL}),sub(txn.canary_share) lt 0 }`,
    '    http-request set-var(txn.canary_mark) var(txn.canary_old) if canary-runs !canary-sided !canary-dealt',
    '    http-request set-var(txn.canary_side) str(new) if canary-dealt { var(txn.canary_mark),strcmp(txn.canary_new) eq 0 }',
    // Better the new release than nobody. A worker that a reload has replaced does not know who is up.
    `    http-request set-var(txn.canary_side) str(new) if canary-runs { nbsrv(${backend}) eq 0 } !{ stopping }`,
    ...(sticky
      ? [
          '    http-request set-var(txn.canary_instance) req.cook(slipway-instance),bytes(0,10) if canary-runs',
          `    http-request set-var(txn.canary_slot) ${named('trial', 'txn.canary_instance')} if canary-new`,
          // Both slots of an instance go by its name.
          `    http-request set-var(txn.canary_slot) ${named('serving', 'txn.canary_instance')} if canary-runs !canary-new`,
        ]
      : []),
    `    http-request set-var(txn.canary_count) ${number('count')} if canary-new !canary-placed`,
    '    http-request set-var(txn.canary_pick) rand(1000000),mod(txn.canary_count) if canary-new !canary-placed',
    `    http-request set-var(txn.canary_slot) ${named('pick', 'txn.canary_pick')} if canary-new !canary-placed`,
    '    use-server %[var(txn.canary_slot)] if canary-placed',
    `    http-response add-header Set-Cookie "slipway-side=%[var(txn.canary_mark)]; Path=${cookiePath}; HttpOnly; SameSite=Lax" if canary-dealt`,
    // What a cache keeps would make all its visitors one.
    '    http-response add-header Cache-Control private if canary-dealt',
  ];
}

/** The entries of the map: key and value. That of the share, which says that it runs at all, is the last. */
export function shareEntries({ app, deployment, percent, instances }: Share): [string, string][] {
  word('app', app);
  const key = (name: string) => `${backendOf(app)}/${name}`;
  const slot = (name: string) => word('slot', name).slice(1, -1);
  return [
    [key('new'), `new${whole(deployment)}`],
    [key('old'), `old${whole(deployment)}`],
    [key('count'), whole(instances.length)],
    ...instances.flatMap(({ instance, trial, serving }, index): [string, string][] => [
      [key(`pick/${index}`), slot(trial)],
      [key(`trial/${slot(instance)}`), slot(trial)],
      [key(`serving/${slot(instance)}`), slot(serving)],
    ]),
    [key('share'), whole(Math.round((percent / 100) * ALL))],
  ];
}

export function isShareItself(key: string): boolean {
  return key.endsWith('/share');
}

/** The file from which HAProxy knows when it starts. */
export function shareMap(shares: Iterable<Share>): string {
  return [...shares]
    .flatMap((share) => shareEntries(share).map(([key, value]) => `${key} ${value}\n`))
    .join('');
}
