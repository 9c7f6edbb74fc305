export type { VmProcess, VmTop } from './top.ts';
export { lookAtVm, type Vm, type VmApplication, type VmMemory } from './vm.ts';
