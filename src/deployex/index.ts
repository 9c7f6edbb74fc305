export { circumstancesOf } from './circumstances.ts';
export type { DeployexApp, DeployexConfiguration, LeftOut } from './found.ts';
export { readConfiguration } from './read.ts';
export { type Circumstances, leftOutText, type SlipwayYaml, toSlipway } from './to-slipway.ts';
