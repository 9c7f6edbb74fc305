export { cronView } from './cron.ts';
export { deploymentView, isEnded } from './deployment.ts';
export { envView, secretsView } from './env.ts';
export { deploymentsView, releasesView } from './history.ts';
export { planView } from './plan.ts';
export { statusView } from './status.ts';
export { isTolerated, NAME_COLUMNS, type Step, stepLine, stepName } from './step.ts';
export { took } from './time.ts';
export { versionText, withShortCommits } from './version.ts';
