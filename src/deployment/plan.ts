/** What a deployment will do, as data: built pure, journalled, carried out elsewhere. */
export type StepName =
  | 'fetch'
  | 'unpack'
  | 'pre-command'
  | 'copy'
  | 'sync'
  | 'roll-out'
  | 'prove'
  | 'roll-back'
  | 'check'
  | 'hook'
  | 'env'
  | 'links'
  | 'composer'
  | 'artisan'
  | 'permissions'
  | 'switch'
  | 'workers'
  | 'reload'
  | 'health'
  | 'switch-back';

export interface PlannedStep {
  name: StepName;
  /** Of `copy`, `roll-out` and `roll-back`: which instance. */
  unit: string | null;
  /** Of `pre-command`: the command; of `hook`: its name; of `health`: what else. */
  argument: string | null;
}

export function plain(name: StepName): PlannedStep {
  return { name, unit: null, argument: null };
}

/** The first step with which a deployment touches what is live: from here on, giving up means going back. */
export function isTouching({ name }: Pick<PlannedStep, 'name'>): boolean {
  return name === 'roll-out' || name === 'switch';
}

/** Of a health check that takes the release back. */
export const HEALTH_OR_BACK = 'else roll back';

/** Whether the step's failure fails the deployment, and what is live stays so all the same. */
export function leavesLive({ name, argument }: PlannedStep): boolean {
  return name === 'health' && argument !== HEALTH_OR_BACK;
}

/** Hooks whose exit status changes nothing (amezmo.md, "Hooks"). */
const IGNORED_HOOKS = [
  'before.pull',
  'after.deploy',
  'deploy.success',
  'deploy.failure',
  'rollback/after',
  'config/after-change',
];

/** Whether the deployment goes on where the step fails: what comes after the switch cannot unmake a good release. */
export function isTolerated({ name, argument }: PlannedStep): boolean {
  if (name === 'hook') return IGNORED_HOOKS.includes(argument ?? '');
  return name === 'workers' || name === 'reload';
}
