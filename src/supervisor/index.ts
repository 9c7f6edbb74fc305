export { type Account, findAccount } from './account.ts';
export { ageMs } from './age.ts';
export { ask } from './ask.ts';
export { findGroup } from './group.ts';
export {
  type EndedRun,
  Instance,
  type InstanceSettings,
  type InstanceStateName,
  type Launch,
} from './instance.ts';
export type { InstanceState, Wanted } from './instance-state.ts';
export { endProcesses, processesOf, send } from './left-overs.ts';
export { listeningPorts } from './listening.ts';
export { ListeningWatch } from './listening-watch.ts';
export { judge, type Verdict, type Vitals } from './liveness.ts';
export * from './output/index.ts';
export { bootId, commandLine, isAlive, type ProcessStat, processStat } from './proc.ts';
export type { ReadyCheck } from './readiness.ts';
export { describeExit, isReplica, type Run, type RunExit } from './run.ts';
export { Runs } from './runs.ts';
