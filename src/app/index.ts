export { abreast } from './abreast.ts';
export { App } from './app.ts';
export type { Foreseen, LingeringOf } from './app-kind.ts';
export { appState } from './app-state.ts';
export type { Chosen } from './choice.ts';
export { outlookOf, whyNotUp } from './come-up.ts';
export {
  type Console,
  HANG_UP,
  noLiveRelease,
  requireRelease,
  requireRunning,
  shellConsole,
} from './console.ts';
export type { CronPlace, LiveRelease } from './cron/index.ts';
export { deploy, type PlannedDeployment, planDeploy, planRollback, rollback } from './deploy.ts';
export { type BaseOptions, baseEnvironment } from './environment.ts';
export type { InstancePlan, UnitRuns } from './instance-plan.ts';
export type { Instances } from './instances.ts';
export { fingerprintOfLimits } from './limits.ts';
export { type NodeStatus, noNode } from './node-status.ts';
export { prunableReleases, recordPruned } from './retention.ts';
export { AppSecrets } from './secrets.ts';
export { restart, start, stop } from './start-stop.ts';
export { startInTurn, stopInTurn } from './start-turn.ts';
export { receiveUpload, sweepUploads } from './upload.ts';
export { checkNames, type VariableChange } from './variables.ts';
