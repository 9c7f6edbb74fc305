/** What a deployment will do, as data: built pure, journalled, carried out elsewhere. */
export type PlannedStep =
  /** These are about one instance. */
  | { name: 'copy' | 'roll-out' | 'roll-back'; unit: string; argument: null }
  /** `argument`: the command, or the name of the hook. */
  | { name: 'pre-command' | 'hook'; unit: null; argument: string }
  | { name: 'health'; unit: null; argument: typeof HEALTH_OR_BACK | null }
  | { name: PlainName; unit: null; argument: null };

type PlainName =
  | 'check'
  | 'fetch'
  | 'unpack'
  | 'env'
  | 'links'
  | 'composer'
  | 'artisan'
  | 'permissions'
  | 'assets'
  | 'sync'
  | 'canary'
  | 'switch'
  | 'workers'
  | 'reload'
  | 'prove'
  | 'switch-back';

/** The argument of a health check that takes the release back. */
export const HEALTH_OR_BACK = 'else roll back';

/** What the state of a deployment has to know of a step. */
export interface StepTraits {
  /** It changes what is live: from here on, giving up means going back. */
  touches?: true;
  /** Visitors meet the new release, beside what is live: where it is given up from here on it was taken back, and is ghosted. */
  tries?: true;
  /** A deployment that changes no release is for this step: once it has begun, it is too late to cancel. */
  places?: true;
  /** Every instance runs the new release, and it must only show yet that it stays ready. */
  proves?: true;
  /**
   * How many that follow each other run at a time; left out: one. `available`: as many as instances may be unavailable.
   * `down_first`: those of instances that are down all at once, for they have nothing to lose; then as `available`.
   */
  abreast?: 'all' | 'available' | 'down_first';
  /** Whether the deployment goes on where it fails: what comes after the switch cannot unmake a good release. */
  tolerated?: (argument: string | null) => boolean;
  /** Whether its failure fails the deployment, and what is live stays so all the same. */
  leavesLive?: (argument: string | null) => boolean;
}

/** Hooks whose exit status changes nothing (docs/sites.md, "What a deployment does"). */
const IGNORED_HOOKS = [
  'before.pull',
  'after.deploy',
  'deploy.success',
  'deploy.failure',
  'rollback/after',
  'config/after-change',
];

const TRAITS: Partial<Record<PlannedStep['name'], StepTraits>> = {
  copy: { abreast: 'all' },
  canary: { tries: true },
  'roll-out': { touches: true, abreast: 'available' },
  'roll-back': { abreast: 'down_first' },
  prove: { proves: true },
  hook: { tolerated: (name) => IGNORED_HOOKS.includes(name ?? '') },
  // That an old file stays reachable is worth no release that does not go live.
  assets: { tolerated: () => true },
  env: { places: true },
  switch: { touches: true },
  workers: { tolerated: () => true },
  reload: { tolerated: () => true },
  health: { leavesLive: (argument) => argument !== HEALTH_OR_BACK },
};

export function traitsOf({ name }: Pick<PlannedStep, 'name'>): StepTraits {
  return TRAITS[name] ?? {};
}

export function plain(name: PlainName): PlannedStep {
  return { name, unit: null, argument: null };
}
