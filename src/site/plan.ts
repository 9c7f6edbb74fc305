import { HEALTH_OR_BACK, type PlanBack, type PlannedStep, plain } from '../deployment/index.ts';

/** What of a site's configuration and offer decides which steps there are. */
export interface SitePlanOptions {
  /** Whether it comes from a commit or from an archive: their hooks differ. */
  from: 'commit' | 'archive';
  composer: boolean;
  artisan: boolean;
  /** Whether files of former releases stay reachable. */
  assets: boolean;
  reload: boolean;
  /** Null: there is no health check. */
  health: { rollback: boolean } | null;
}

/** A deployment of a site, in the order of docs/sites.md. Nothing before `switch` touches what is live. */
export function planSite(options: SitePlanOptions): PlannedStep[] {
  const { from, composer, artisan, assets, health } = options;
  return [
    plain('check'),
    hook('before.pull'),
    plain('fetch'),
    plain('unpack'),
    plain('env'),
    plain('links'),
    ...(composer ? [plain('composer')] : []),
    ...(artisan ? [plain('artisan')] : []),
    hook(from === 'commit' ? 'after.pull' : 'after.extract'),
    hook('before.deploy'),
    plain('permissions'),
    ...(assets ? [plain('assets')] : []),
    plain('sync'),
    ...planSwitch(options),
    hook('after.deploy'),
    hook('deploy.success'),
    ...(health ? [healthCheck(health)] : []),
  ];
}

/** One switch to a release that is on the disk: nothing is fetched, and nothing built. */
export function planSiteRollback(options: { assets: boolean; reload: boolean }): PlannedStep[] {
  return [
    hook('rollback/before'),
    plain('env'),
    ...(options.assets ? [plain('assets')] : []),
    ...planSwitch(options),
    hook('rollback/after'),
  ];
}

/** A changed .env, placed into the live release. */
export function planEnv(options: { reload: boolean }): PlannedStep[] {
  return [
    hook('config/before-change'),
    plain('env'),
    plain('workers'),
    ...(options.reload ? [plain('reload')] : []),
    hook('config/after-change'),
  ];
}

/** Appended where a deployment is given up: the switch is undone where it was begun, and the hook told of it. */
export const planSiteBack: PlanBack = (steps, { undoes, cancelled }) => {
  const reload = steps.some((step) => step.name === 'reload');
  const isDeployment = steps.some((step) => step.name === 'fetch');
  return [
    ...(undoes ? [plain('switch-back'), plain('workers'), ...(reload ? [plain('reload')] : [])] : []),
    ...(isDeployment && !cancelled ? [hook('deploy.failure')] : []),
  ];
};

function planSwitch(options: { reload: boolean }): PlannedStep[] {
  return [plain('switch'), plain('workers'), ...(options.reload ? [plain('reload')] : [])];
}

function hook(name: string): PlannedStep {
  return { name: 'hook', unit: null, argument: name };
}

function healthCheck({ rollback }: { rollback: boolean }): PlannedStep {
  return { name: 'health', unit: null, argument: rollback ? HEALTH_OR_BACK : null };
}
