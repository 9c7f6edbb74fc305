export { type Slipway, SlipwayContext, useSlipway } from './slipway.ts';
export { useModel } from './use-model.ts';
export { useShortcuts } from './use-shortcuts.ts';
