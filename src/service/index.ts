export { endIdleEpmd } from './epmd.ts';
export { Service } from './service.ts';
