export {
  type AccessHead,
  type AccessLine,
  HEAD_BYTES,
  parseAccessHead,
  parseAccessLine,
} from './access-line.ts';
export { type Share, shareMap } from './canary.ts';
export { challengeMap } from './challenges.ts';
export { changeBetween } from './change.ts';
export { certificateList, configurationText } from './configuration.ts';
export { ProxyControl } from './control.ts';
export {
  type Domain,
  type ProxyApp,
  type ProxyDescription,
  type SlotState,
  serverOf,
} from './description.ts';
export { FILES, ProxyFolder } from './folder.ts';
export { maintenanceList, parseMaintenanceList } from './maintenance.ts';
export { findProgram, type ProxyProgram, programArgv, replaceConfiguration } from './program.ts';
export { parseServerStates, type SlotStates, stateFile } from './server-states.ts';
export { type AppFigures, type Figures, Traffic } from './traffic.ts';
