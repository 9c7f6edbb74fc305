export { planFull, planServiceBack, planServiceRollback } from './service.ts';
export { planEnv, planSite, planSiteBack, planSiteRollback } from './site.ts';
export { isTolerated, isTouching, leavesLive, type PlannedStep, type StepName } from './step.ts';
