export { type Account, findAccount, findUid, makeUser, userName } from './account.ts';
export { ageMs } from './age.ts';
export { asUser } from './as-user.ts';
export { ask, portInUse } from './ask.ts';
export {
  APPS_SCOPE,
  ControlGroup,
  cgroupMount,
  controllersOf,
  groupPathOf,
  isSystemdHost,
  type Limits,
  NO_LIMITS,
} from './cgroup/index.ts';
export { ContainedTools } from './contained-tools.ts';
export { endRun, type StopSettings } from './ending.ts';
export { recordForeignRun } from './foreign-run.ts';
export { freeMemoryBytes } from './free-memory.ts';
export { findGroup } from './group.ts';
export { inGroup } from './in-group.ts';
export { type EndedRun, Instance, type InstanceStateName } from './instance.ts';
export type { InstanceSettings, Launch } from './instance-options.ts';
export type { InstanceState, Wanted } from './instance-phase.ts';
export { fits, wantsRun } from './instance-state.ts';
export { listeningPorts } from './listening.ts';
export { ListeningWatch } from './listening-watch.ts';
export { judge, type Verdict, type Vitals } from './liveness.ts';
export * from './output/index.ts';
export { allProcesses, bootId, commandLine, isAlive, type ProcessStat, processStat, userOf } from './proc.ts';
export type { ReadyCheck } from './readiness.ts';
export { describeExit, isInstance, isOfThisBoot, parseRunId, type Run, type RunExit, slotOf } from './run.ts';
export { RunProcesses, send } from './run-processes.ts';
export { Runs } from './runs.ts';
export type { Usage } from './usage.ts';
