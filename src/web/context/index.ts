export { type Slipway, SlipwayContext, useSlipway } from './slipway.ts';
export { useModel } from './use-model.ts';
