export { readAccess } from './access-log.ts';
export { Front } from './front.ts';
export { setMaintenance } from './maintenance.ts';
export { PROXY_RUNS } from './process.ts';
export { TrafficWatch } from './traffic-watch.ts';
