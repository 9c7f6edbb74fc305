export { changeBetween, type ProxyCommand } from './change.ts';
export { certificateList, configurationText, maintenanceList } from './configuration.ts';
export { ProxyControl } from './control.ts';
export {
  type Address,
  type Certificate,
  type Domain,
  type ProxyApp,
  type ProxyDescription,
  type Slot,
  type SlotState,
  serverOf,
} from './description.ts';
export { FILES, ProxyFolder } from './folder.ts';
export { findProgram, type ProxyProgram, programArgv, replaceConfiguration } from './program.ts';
export { parseServerStates, type SlotStates, stateFile } from './server-states.ts';
export type { SlotCounters } from './statistics.ts';
export type { Workers } from './workers.ts';
