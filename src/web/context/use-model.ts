import { useEffect, useMemo } from 'preact/hooks';
import { type Slipway, useSlipway } from './slipway.ts';

/** A model for as long as the component is there, and anew when one of `keys` has changed. */
export function useModel<Model extends object>(
  make: (slipway: Slipway) => Model,
  keys: readonly unknown[] = [],
): Model {
  const slipway = useSlipway();
  const model = useMemo(() => make(slipway), [slipway, ...keys]);
  useEffect(() => (isStarted(model) ? model.start() : undefined), [model]);
  return model;
}

function isStarted(model: object): model is { start: () => () => void } {
  return 'start' in model && typeof model.start === 'function';
}
