export { Front, PROXY_RUNS } from './front.ts';
