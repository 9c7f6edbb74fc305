export { deploymentView, isEnded, NAME_COLUMNS, type Step, stepLine, stepName } from './deployment.ts';
export { deploymentsView, releasesView } from './history.ts';
export { planView } from './plan.ts';
export { statusView } from './status.ts';
export { took } from './time.ts';
